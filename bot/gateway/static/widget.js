// <dukan-chat>, the chat of a shop on any web page; docs/widget.md says how to embed it.
// The gateway it talks to is the one this file came from.

import { Api } from './widget/api.js';
import { Conversation, Storage } from './widget/conversation.js';
import { chime, h, icon } from './widget/messages.js';
import { Panel } from './widget/panel.js';
import { Words, spoken } from './widget/strings.js';
import { CSS as LOOK } from './widget/style.js';

// The file answers at /widget.js and at /static/widget.js; its parts lie beside it, the API at the root of both.
const BASE = new URL('.', import.meta.url).href.replace(/static\/$/, '');
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(LOOK);

/** Whom an identity names; only to tell two customers apart, the gateway checks the signature. */
function subjectOf(identity) {
  try {
    const body = identity.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    return String(JSON.parse(atob(body)).sub ?? '');
  } catch {
    return '';
  }
}

class DukanChat extends HTMLElement {
  static observedAttributes = ['locale', 'theme', 'identity', 'open', 'accent', 'title'];
  #storage = new Storage(BASE);
  #conversation;
  #panel;
  #speaking;
  #asked = false; // opened by a person or a script, not by the page as it loaded
  #unread = 0;
  #due = false;

  constructor() {
    super();
    this.#conversation = new Conversation(new Api(BASE), this.#storage, () => this.#options());
    this.#panel = new Panel({
      base: BASE,
      conversation: this.#conversation,
      storage: this.#storage,
      onclose: () => this.hide(),
      onsound: () => this.#toggleSound(),
    });
    this.count = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
    this.launcher = h('button', { type: 'button', class: 'launcher', 'aria-haspopup': 'dialog', onclick: () => this.show() },
      icon('chat'), this.count);
    this.told = h('p', { class: 'sr', role: 'status' });
    // Else the element's own title is a tooltip everywhere.
    this.root = h('div', { class: 'root', title: '' }, this.launcher, this.told, this.#panel.dialog);
    const shadow = this.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [SHEET];
    shadow.append(this.root);
    this.#conversation.addEventListener('change', () => this.#change());
    this.#conversation.addEventListener('arrival', ({ detail }) => this.#arrival(detail));
  }

  connectedCallback() {
    this.#conversation.check();
    this.#speak(this.#storage.get('locale') === this.#locale ? this.#storage.get('language') : this.#locale);
    this.#conversation.start();
    if (sessionOpen() && !matchMedia('(max-width: 520px)').matches) this.open = true;
    this.#show();
    this.#asked = true;
  }

  disconnectedCallback() {
    this.#asked = false;
    this.#conversation.stop();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#asked) return;
    if (name === 'open') this.#show();
    else if (name === 'identity') this.#conversation.check();
    else if (name === 'accent') this.#paint();
    else if (name !== 'theme') this.#speak(name === 'locale' ? this.#locale : this.#speaking.language);
  }

  get open() {
    return this.hasAttribute('open');
  }

  set open(open) {
    this.toggleAttribute('open', Boolean(open));
  }

  show() {
    this.open = true;
  }

  hide() {
    this.open = false;
  }

  ask(text) {
    this.show();
    this.#panel.composer.text = String(text);
    this.#panel.focus(true);
  }

  get #locale() {
    return spoken(this.getAttribute('locale')) || spoken(document.documentElement.lang) || spoken(navigator.language) || 'en';
  }

  #options() {
    const identity = this.getAttribute('identity');
    return { locale: this.#locale, identity, subject: identity ? subjectOf(identity) : '' };
  }

  #speak(language) {
    const words = new Words(language || this.#locale, this.#conversation.state.digits);
    this.#speaking = words;
    // The side of the page stays; what is inside turns with the language.
    this.root.dir = this.#locale === 'ar' ? 'rtl' : 'ltr';
    this.launcher.lang = words.language;
    this.#panel.speak(words, this.getAttribute('title'));
    this.#storage.set('language', words.language);
    this.#storage.set('locale', this.#locale);
    this.#paint();
    this.#change();
  }

  #paint() {
    const accent = this.getAttribute('accent') ?? '';
    this.root.style.setProperty('--own', accent);
    this.root.classList.toggle('own', CSS.supports('color', `oklch(from ${accent} l c h)`));
  }

  #show() {
    sessionOpen(this.open);
    this.launcher.hidden = this.open;
    const focused = this.shadowRoot.activeElement;
    if (this.open) this.#panel.open(this.#asked);
    else this.#panel.close();
    if (focused && !this.open) this.launcher.focus();
    this.#change();
    if (this.#asked) this.dispatchEvent(new Event(this.open ? 'dukan-open' : 'dukan-close', { bubbles: true, composed: true }));
  }

  #change() {
    if (this.#due || !this.#speaking) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.#conversation.state.digits !== this.#speaking.digits) this.#speak(this.#speaking.language);
      this.#panel.update();
      this.#seen();
    });
  }

  #arrival(messages) {
    const answers = messages.filter((message) => message.author === 'bot' || message.author === 'agent');
    const language = spoken(answers.at(-1)?.lang);
    if (language && language !== this.#speaking.language && this.#conversation.loaded) this.#speak(language);
    if (answers.length && this.#conversation.loaded && this.#storage.get('sound')) chime();
  }

  #seen() {
    const messages = [...this.#conversation.messages.values()];
    if (this.open && !document.hidden) {
      const newest = this.#conversation.last;
      if (newest > this.#storage.get('seen')) {
        this.#storage.set('seen', newest);
        this.#conversation.signal({ read_up_to: newest });
      }
    }
    const seen = this.#storage.get('seen') ?? 0;
    const unread = messages.filter(({ id, author }) => id > seen && author !== 'customer').length;
    const words = this.#speaking;
    const news = unread ? words.say('unread', { n: unread }) : '';
    this.count.hidden = !unread;
    this.count.textContent = unread ? words.numbers.format(unread) : '';
    this.launcher.setAttribute('aria-label', news ? `${words.say('launch')}, ${news}` : words.say('launch'));
    if (unread > this.#unread || !unread) this.told.textContent = this.open ? '' : news;
    this.#unread = unread;
  }

  #toggleSound() {
    const sound = !this.#storage.get('sound');
    this.#storage.set('sound', sound);
    if (sound) chime();
    this.#change();
  }
}

/** Whether the chat is open in this tab; with a value, remembers it. */
function sessionOpen(open) {
  try {
    if (open === undefined) return sessionStorage.getItem(`dukan:${BASE}`) === 'open';
    sessionStorage.setItem(`dukan:${BASE}`, open ? 'open' : 'closed');
  } catch { /* storage is blocked: the chat starts closed on every page */ }
  return false;
}

if (!customElements.get('dukan-chat')) customElements.define('dukan-chat', DukanChat);
