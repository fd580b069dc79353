// The window of the chat: header, messages, notices and composer.

import { Timeline, h, icon, iconButton } from './messages.js';

const LIMIT = 4000; // characters, as the gateway counts them
const NEAR_LIMIT = 200;
const SHEET = matchMedia('(max-width: 520px), (max-height: 440px)');
const NEAR_END = 80;
const FILES = 'image/jpeg,image/png,image/webp,application/pdf';

export class Panel {
  #atEnd = true;
  #asking = false;

  constructor({ base, conversation, storage, onclose, onsound }) {
    this.conversation = conversation;
    this.storage = storage;
    this.onclose = onclose;
    const press = (answer, moveFocus) => {
      this.#say(answer);
      if (moveFocus) this.focus(); // the button goes out of use
    };
    this.timeline = new Timeline({ base, press, retry: () => conversation.retry(), edit: (id) => this.#edit(id) });
    this.composer = new Composer({
      send: (text) => this.#say({ text }),
      attach: (file) => conversation.attach(file),
      keep: (draft) => {
        if (!this.ready) return;
        storage.set('draft', draft);
        if (draft) conversation.signal({ typing: true });
      },
    });
    this.#build(onsound);
    SHEET.addEventListener('change', () => this.dialog.open && this.open());
    for (const name of ['resize', 'scroll']) globalThis.visualViewport?.addEventListener(name, () => this.#fit());
  }

  #build(onsound) {
    this.heading = h('h2', { id: 'title' });
    this.subtitle = h('p', { class: 'subtitle' });
    this.restart = iconButton('restart', '', () => this.#ask(true));
    this.sound = iconButton('soundOff', '', onsound);
    this.shut = iconButton('close', '', () => this.onclose());
    const header = h('div', { class: 'header' },
      h('span', { class: 'face' }, icon('chat')),
      h('div', { class: 'who' }, this.heading, this.subtitle),
      this.restart, this.sound, this.shut);
    this.welcome = h('div', { class: 'welcome' });
    this.typing = h('div', { class: 'typing', role: 'status' });
    this.view = h('div', { class: 'view', tabindex: '0', role: 'group' }, this.welcome, this.timeline.log, this.typing);
    this.view.addEventListener('scroll', () => {
      this.#atEnd = this.#below < NEAR_END;
      if (this.#atEnd) this.below.hidden = true;
    }, { passive: true });
    this.below = iconButton('down', '', () => this.#scroll(true), 'round below');
    this.notice = h('div', { class: 'notice', role: 'status' });
    this.inside = h('div', { class: 'inside' },
      header, h('div', { class: 'middle' }, this.view, this.below), this.notice, this.composer.form);
    this.dialog = h('dialog', { class: 'panel', 'aria-labelledby': 'title' }, this.inside);
    // A phone's own way back closes a dialog without asking.
    this.dialog.addEventListener('close', () => this.dialog.open || this.onclose());
    this.dialog.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      if (this.#asking) this.#ask(false);
      else this.onclose();
    });
  }

  /** Over the page on wide screens, in its place on narrow ones. */
  open(takeFocus = false) {
    const active = this.dialog.getRootNode().activeElement;
    const modal = SHEET.matches;
    if (this.dialog.open) this.dialog.close();
    this.dialog.classList.toggle('sheet-mode', modal);
    if (modal) this.dialog.showModal();
    else this.dialog.setAttribute('open', ''); // show() would move the focus
    if (takeFocus) this.focus(true);
    else if (active && this.dialog.contains(active)) active.focus({ preventScroll: true });
    this.#fit();
    this.composer.grow();
    this.#scroll(true);
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  /** On touch screens only when asked for: it raises the keyboard. */
  focus(asked = false) {
    const target = asked || !matchMedia('(pointer: coarse)').matches ? this.composer.box : this.view;
    target.focus({ preventScroll: true });
  }

  speak(words, title) {
    this.words = words;
    this.inside.lang = words.language;
    this.inside.dir = words.direction;
    this.heading.textContent = title || words.say('title');
    this.view.setAttribute('aria-label', words.say('log'));
    for (const [button, key] of [[this.restart, 'restart'], [this.shut, 'close'], [this.below, 'below']]) name(button, words.say(key));
    this.welcome.replaceChildren(
      h('p', { class: 'hello' }, words.say('welcome')),
      h('p', { class: 'quiet' }, words.say('welcomeMore')),
      h('div', { class: 'choices' }, words.say('suggestions').map((text) =>
        h('button', { type: 'button', class: 'choice', onclick: () => this.#suggest(text) }, text))));
    this.composer.speak(words);
    if (!this.ready) this.composer.text = this.storage.get('draft') ?? '';
    this.ready = true;
  }

  update() {
    const { conversation, words } = this;
    const before = this.timeline.log.childElementCount;
    this.timeline.update(conversation, words);
    const now = this.timeline.log.childElementCount;
    this.welcome.hidden = !conversation.loaded || now > 0;
    this.restart.hidden = !conversation.messages.size;
    const [look, action] = this.storage.get('sound') ? ['soundOn', 'soundOff'] : ['soundOff', 'soundOn'];
    if (name(this.sound, words.say(action))) this.sound.replaceChildren(icon(look));
    this.composer.clip.hidden = !['agent', 'queue'].includes(conversation.state.owner);
    this.#showTyping();
    this.#showState();
    if (this.#atEnd) this.#scroll(false);
    else if (now > before) this.below.hidden = false;
  }

  #say(answer) {
    this.#atEnd = true;
    this.conversation.say(answer);
  }

  #suggest(text) {
    this.#say({ text });
    this.focus();
  }

  #edit(id) {
    const text = this.conversation.withdraw(id);
    this.composer.text = [text, this.composer.text].filter(Boolean).join('\n');
    this.focus(true);
  }

  #showTyping() {
    const { state, awaiting } = this.conversation;
    const writing = awaiting || (state.owner === 'agent' && state.agent_typing);
    if (writing === (this.typing.childElementCount > 0)) return;
    const who = state.owner === 'agent' ? state.agent_name || this.words.say('agent') : this.words.say('bot');
    const dots = h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    this.typing.replaceChildren(...(writing ? [dots, h('span', { class: 'sr' }, this.words.say('typing', { name: who }))] : []));
  }

  #showState() {
    const { words, conversation: { state, link, busy, queue } } = this;
    const agent = state.owner === 'agent';
    const who = agent ? words.say('withAgent', { name: state.agent_name || words.say('agent') }) : words.say('online');
    write(this.subtitle, link === 'connecting' ? words.say('connecting') : who);
    this.dialog.classList.toggle('away', link === 'offline' || link === 'connecting');
    if (this.#asking) return;
    let notice = '';
    if (link === 'offline') notice = words.say('offline');
    else if (busy && queue.length) notice = words.say('busy');
    else if (state.owner === 'queue') notice = words.say(state.queue_position ? 'position' : 'queue', { n: state.queue_position ?? 0 });
    else if (state.owner === 'closed') notice = words.say('closed');
    write(this.notice, notice);
  }

  #ask(asking) {
    this.#asking = asking;
    if (!asking) {
      write(this.notice, '');
      this.#showState();
      this.restart.focus();
      return;
    }
    const answer = (key, kind, onclick) => h('button', { type: 'button', class: kind, onclick }, this.words.say(key));
    const leave = () => {
      this.#asking = false;
      write(this.notice, '');
      this.conversation.leave();
      this.focus(true);
    };
    const keep = answer('confirmNo', 'choice', () => this.#ask(false));
    this.notice.replaceChildren(h('p', {}, this.words.say('confirm')),
      h('div', { class: 'choices' }, answer('confirmYes', 'main', leave), keep));
    keep.focus();
  }

  get #below() {
    return this.view.scrollHeight - this.view.clientHeight - this.view.scrollTop;
  }

  /** To the end, but a long answer is read from its beginning. */
  #scroll(jump) {
    const end = this.view.scrollHeight - this.view.clientHeight;
    const top = jump ? end : Math.min(end, Math.max(this.timeline.turn - 12, this.view.scrollTop));
    this.view.scrollTop = top;
    this.below.hidden = jump || end - top < NEAR_END;
  }

  #fit() {
    const viewport = globalThis.visualViewport;
    if (!viewport || !this.dialog.open) return;
    this.dialog.style.setProperty('--height', `${viewport.height}px`);
    this.dialog.style.setProperty('--top', `${viewport.offsetTop}px`);
    if (this.#atEnd) this.#scroll(false);
  }
}

function name(button, label) {
  const changed = button.title !== label;
  button.setAttribute('aria-label', label);
  button.title = label;
  return changed;
}

/** A change is read out: what says the same is left alone. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class Composer {
  constructor({ send, keep, attach }) {
    this.send = send;
    this.keep = keep;
    this.attach = attach;
    this.clip = iconButton('attach', '', () => this.file.click(), 'tool clip');
    this.file = h('input', { type: 'file', accept: FILES, hidden: true, onchange: () => this.#attach() });
    this.label = h('label', { class: 'sr', for: 'message' });
    this.box = h('textarea', { id: 'message', rows: 1, dir: 'auto', enterkeyhint: 'send', autocomplete: 'off', 'aria-describedby': 'count' });
    this.count = h('p', { class: 'count', id: 'count', role: 'status' });
    this.button = h('button', { class: 'send' }, icon('send'));
    this.form = h('form', { class: 'composer' }, this.label, h('div', { class: 'field' }, this.clip, this.box, this.button), this.file, this.count);
    this.form.addEventListener('submit', (event) => this.#submit(event));
    this.box.addEventListener('input', () => this.#changed());
    this.box.addEventListener('keydown', (event) => {
      // An Enter that ends a composition belongs to the input method (229 is how Safari tells).
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
  }

  get text() {
    return this.box.value;
  }

  set text(value) {
    this.box.value = value;
    this.#changed();
  }

  speak(words) {
    this.words = words;
    this.label.textContent = words.say('input');
    this.box.placeholder = words.say('placeholder');
    name(this.button, words.say('send'));
    name(this.clip, words.say('attach'));
    this.#changed();
  }

  grow() {
    this.box.style.height = 'auto';
    this.box.style.height = `${this.box.scrollHeight}px`;
  }

  async #attach() {
    const [file] = this.file.files;
    this.clip.disabled = true;
    this.#tell(this.words.say('sending'));
    try {
      if (file.size > 10 * 2 ** 20) throw { status: 413 };
      await this.attach(file);
      this.#tell('');
    } catch ({ status }) {
      this.#tell(this.words.say({ 413: 'files', 415: 'files', 409: 'refused' }[status] ?? 'failed'), true);
    }
    this.clip.disabled = false;
    this.file.value = '';
  }

  #tell(text, bad = false) {
    write(this.count, text);
    this.count.classList.toggle('bad', bad);
  }

  #changed() {
    const left = LIMIT - count(this.text.trim());
    const near = left < NEAR_LIMIT ? this.words.say(left < 0 ? 'over' : 'left', { n: Math.abs(left) }) : '';
    this.#tell(near, left < 0);
    this.button.disabled = left < 0 || left === LIMIT;
    this.grow();
    this.keep(this.text);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    if (!text || count(text) > LIMIT) return;
    this.text = '';
    this.send(text);
  }
}

const count = (text) => [...text].length;
