// The log, in step with the conversation; then what everything is drawn with: nothing here ever parses markup.

import { plain } from './conversation.js';

const GROUP = 5 * 60_000; // closer messages of one author belong together
const TRIES = 3; // after so many, the customer is asked

export class Timeline {
  #shown = new Map();

  constructor({ base, press, retry, edit }) {
    this.base = base;
    this.press = press;
    this.retry = retry;
    this.edit = edit;
    this.log = h('div', { class: 'log', role: 'log' });
  }

  update(conversation, words) {
    if (this.words !== words) {
      this.#shown.clear();
      this.log.replaceChildren();
      this.log.setAttribute('aria-label', words.say('log'));
      this.words = words;
    }
    // What is loaded from before is not read out; what arrives is.
    this.log.setAttribute('aria-live', conversation.loaded ? 'polite' : 'off');
    const entries = this.#entries(conversation);
    const kept = new Set();
    let cursor = this.log.firstChild;
    for (const entry of entries) {
      const shown = this.#draw(entry);
      kept.add(entry.key);
      if (shown.element === cursor) cursor = cursor.nextSibling;
      else this.log.insertBefore(shown.element, cursor);
      if (entry.message) this.#refresh(shown, entry);
    }
    for (const [key, { element }] of this.#shown) {
      if (kept.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
  }

  /** What is read first: the bot's words from the question on. */
  get turn() {
    const rows = this.log.querySelectorAll('.row:not(.bot)');
    return rows.length ? rows[rows.length - 1].offsetTop : 0;
  }

  #entries(conversation) {
    const said = [...conversation.messages.values()].sort((one, other) => one.id - other.id);
    const sent = new Set(said.map((message) => message.key));
    const queue = conversation.queue.filter((item) => !sent.has(item.client_message_id));
    const waiting = queue.map((item) => ({
      author: 'customer', parts: [{ type: 'text', text: item.text }], created_at: new Date(item.at), key: item.client_message_id, item,
    }));
    const all = [...said, ...waiting];
    const newest = said.findLast((message) => message.author === 'customer');
    let before = null;
    return all.flatMap((message, index) => {
      const at = new Date(message.created_at);
      const day = before && sameDay(before, message) ? [] : [{ key: `day ${at.toDateString()}`, at }];
      const entry = {
        key: message.key ?? `message ${message.id}`,
        at,
        message,
        first: !together(before, message),
        last: !together(message, all[index + 1]),
        answer: all.slice(index + 1).find((later) => later.author === 'customer'),
        status: message.item ? this.#unsent(message.item, conversation) : message === newest && !waiting.length ? (message.id <= conversation.state.read_up_to ? 'read' : 'sent') : '',
      };
      before = message;
      return [...day, entry];
    });
  }

  #unsent(item, { link, busy }) {
    if (item.failed) return item.failed === 413 ? 'tooLong' : 'refused';
    if (link === 'offline') return 'waiting';
    return item.tries >= TRIES ? 'failed' : busy ? 'waiting' : 'sending';
  }

  #draw(entry) {
    let shown = this.#shown.get(entry.key);
    if (!shown) {
      shown = entry.message ? this.#row(entry.message) : { element: h('div', { class: 'day' }, h('span', {}, this.words.day(entry.at))) };
      this.#shown.set(entry.key, shown);
    }
    return shown;
  }

  #row(message) {
    const live = [];
    const author = ['customer', 'bot', 'agent'].includes(message.author) ? message.author : 'system';
    const { base, words, press } = this;
    const drawn = list(message.parts).map((part) => drawPart(part, { base, words, press, live })).filter(Boolean);
    const name = message.agent_name || words.say(author);
    const meta = h('div', { class: 'meta' });
    const element = h('div', { class: `row ${author}`, lang: message.lang, hidden: !drawn.length },
      h('span', { class: author === 'agent' ? 'name' : 'sr' }, h('bdi', {}, name), h('span', { class: 'sr' }, ': ')), drawn, meta);
    return { element, live, meta };
  }

  #refresh(shown, { message, first, last, answer, status, at }) {
    const { element, live, meta } = shown;
    element.classList.toggle('first', first);
    element.classList.toggle('last', last);
    const spoken = answer && plain(answer);
    for (const control of live) {
      control.disabled = Boolean(answer);
      const chosen = Boolean(answer) && control.textContent === spoken;
      if (control.classList.toggle('chosen', chosen) && !control.querySelector('svg')) control.prepend(icon('check'));
    }
    const state = `${last || status} ${status}`;
    if (shown.state === state) return;
    shown.state = state;
    element.classList.toggle('unsent', Boolean(message.item));
    meta.replaceChildren(...(last || status ? this.#meta(message, status, at) : []));
  }

  #meta(message, status, at) {
    const { words } = this;
    const time = h('time', { datetime: at.toISOString() }, words.time(at));
    if (!status) return [time];
    const button = (label, onclick) => h('button', { type: 'button', class: 'text', onclick }, words.say(label));
    if (status === 'failed') return [h('span', { class: 'bad' }, words.say('failed')), button('again', this.retry)];
    const note = words.say(status, { n: 4000 });
    if (!message.item?.failed) return [time, h('span', {}, note)];
    return [h('span', { class: 'bad' }, note), button('edit', () => this.edit(message.item.client_message_id))];
  }
}

function sameDay(one, other) {
  return new Date(one.created_at).toDateString() === new Date(other.created_at).toDateString();
}

function together(one, other) {
  return Boolean(one && other) && one.author === other.author && one.agent_name === other.agent_name && sameDay(one, other)
    && new Date(other.created_at) - new Date(one.created_at) < GROUP;
}

// What comes from outside may lack anything.
const list = (value) => (Array.isArray(value) ? value.filter((item) => item != null) : []);
const text = (value) => (['string', 'number'].includes(typeof value) ? String(value) : '');
const line = (look, value, tag = 'p') => (text(value) ? h(tag, { class: look, dir: 'auto' }, text(value)) : null);

/** Null for an unknown or broken part; `live` collects the controls that end with their turn. */
function drawPart(part, context) {
  try {
    return Object.hasOwn(DRAWERS, part.type) ? DRAWERS[part.type](part, context) : null;
  } catch {
    return null;
  }
}

const DRAWERS = {
  text: (part, { base, words }) =>
    (text(part.text).trim() ? h('div', { class: 'bubble', dir: 'auto' }, linked(text(part.text), base, words)) : null),

  buttons: (part, context) => choices(part.buttons, context, true),

  cards: (part, context) => {
    const cards = list(part.cards).filter((item) => text(item.title)).map((item) => card(item, context));
    const row = h('ul', { class: 'cards', role: 'list', tabindex: cards.length > 1 && '0', 'aria-label': context.words.say('cards') }, cards);
    return cards.length ? h('div', { class: 'carousel' }, row, cards.length > 1 ? arrows(row, context.words) : null) : null;
  },

  table: (part, { words }) => {
    const cell = (value) => h('td', { dir: 'auto' }, text(value));
    const head = list(part.columns).map((value) => line(null, value, 'th') ?? cell(value));
    const rows = list(part.rows).map((row) => h('tr', {}, (Array.isArray(row) ? row : []).map(cell)));
    const table = h('table', {}, head.length ? h('thead', {}, h('tr', {}, head)) : null, h('tbody', {}, rows));
    return h('div', { class: 'table', role: 'region', tabindex: '0', 'aria-label': words.say('table') }, table);
  },

  steps: (part, { base, words }) => {
    const steps = list(part.steps).map((step) =>
      h('li', { dir: 'auto' }, linked(text(step.text), base, words), picture(step.image, base)));
    const listed = h('ol', { start: part.start > 1 && part.start }, steps);
    if (part.start > 1) listed.style.counterReset = `step ${part.start - 1}`;
    return h('div', { class: 'sheet steps' }, line('heading', part.title), listed);
  },

  link: (part, { base, words }) =>
    h('p', { class: 'go', dir: 'auto' }, link(part.url, base, words, text(part.label) || text(part.url), icon('next'))),

  form,
};

/** Buttons that answer for the customer; those of a turn end with it. */
function choices(buttons, { press, live, words }, ends) {
  const drawn = list(buttons).map((button) => {
    const label = text(button.label);
    const onclick = () => press({ text: label, payload: text(button.payload) || undefined }, ends);
    return h('button', { type: 'button', class: 'choice', dir: 'auto', onclick }, label);
  });
  if (ends) live.push(...drawn);
  return drawn.length ? h('div', { class: 'choices', role: 'group', 'aria-label': words.say('choices') }, drawn) : null;
}

function card(item, context) {
  const { base, words } = context;
  const title = text(item.title);
  return h('li', { class: 'card' },
    picture(item.image, base),
    h('div', { class: 'facts' },
      h('p', { class: 'heading', dir: 'auto' }, item.url ? link(item.url, base, words, title) : title),
      line('quiet', item.subtitle),
      line('price', item.price),
      list(item.facts).length ? h('ul', { role: 'list' }, list(item.facts).map((fact) => line(null, fact, 'li'))) : null,
      choices(item.buttons, context, false)));
}

function arrows(row, words) {
  const turn = (way) => () => {
    row.scrollBy({ left: (row.matches(':dir(rtl)') ? -way : way) * row.clientWidth * 0.8 });
  };
  // With the keyboard one scrolls the row itself.
  const arrow = (look, label, way) => {
    const button = iconButton('next', words.say(label), turn(way), `round arrow ${look}`);
    button.tabIndex = -1;
    return button;
  };
  return [arrow('back', 'previous', -1), arrow('forth', 'next', 1)];
}

let forms = 0;

/** Answered as one message: `payload{values}` if the part names a payload, else "label: value" lines. */
function form(part, { words, press, live }) {
  const prefix = `f${(forms += 1)}-`;
  const fields = list(part.fields).map((field) => ({ ...field, label: text(field.label), id: prefix + text(field.name) }));
  const onsubmit = (event) => {
    event.preventDefault();
    const given = fields.map((field) => [field, event.target.elements[field.id].value.trim()]).filter(([, value]) => value);
    if (!given.length) return;
    const lines = given.map(([field, value]) => `${field.label}: ${value}`).join('\n');
    const values = JSON.stringify(Object.fromEntries(given.map(([field, value]) => [text(field.name), value])));
    press({ text: lines, payload: part.payload ? `${text(part.payload)}${values}` : undefined }, true);
  };
  const set = h('fieldset', {},
    line('heading', part.title, 'legend'),
    fields.map((field) => [h('label', { for: field.id, dir: 'auto' }, field.label), input(field)]),
    h('button', { class: 'main' }, text(part.submit) || words.say('send')));
  live.push(set);
  return h('form', { class: 'sheet form', onsubmit }, set);
}

function input(field) {
  const common = { id: field.id, name: field.id, required: Boolean(field.required), dir: 'auto', autocomplete: text(field.autocomplete) || null };
  const options = list(field.options);
  if (options.length) {
    const blank = field.required ? null : h('option', { value: '' });
    return h('select', common, blank, options.map((option) =>
      h('option', { value: text(option.value ?? option) }, text(option.label ?? option.value ?? option))));
  }
  if (field.type === 'textarea') return h('textarea', { ...common, rows: 3, maxlength: 2000 }, text(field.value));
  const type = /^(email|tel|number|date|url)$/.test(field.type) ? field.type : 'text';
  return h('input', { ...common, type, maxlength: 300, placeholder: text(field.placeholder) || null, value: text(field.value) || null });
}

const SVG = 'http://www.w3.org/2000/svg';

/** An element; functions among its attributes listen, text becomes text nodes. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return element;
}

const SPEAKER = 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z';
const ICONS = {
  chat: 'M5 5.5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7.5L7 21v-3.5H5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2ZM8 10h8M8 13.5h5',
  close: 'M6 6l12 12M18 6 6 18',
  send: 'M4.5 12H19M12.5 5.5 19 12l-6.5 6.5',
  restart: 'M12 20h8M4 20l1-4L16 5a2 2 0 0 1 3 3L8 19Z',
  soundOn: `${SPEAKER}M16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11`,
  soundOff: `${SPEAKER}M16 10l4.5 4.5m0-4.5L16 14.5`,
  down: 'M12 5v14M5.5 12.5 12 19l6.5-6.5',
  next: 'M9 5l7 7-7 7',
  attach: 'M15 8v8a3 3 0 0 1-6 0V7a4 4 0 0 1 8 0v9a5 5 0 0 1-10 0V9',
  check: 'M5 12.5 9.5 17 19 7.5',
};

export function icon(name) {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  drawing.setAttribute('class', `icon ${name}`);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  drawing.append(path);
  return drawing;
}

export function iconButton(name, label, onclick, look = 'tool') {
  return h('button', { type: 'button', class: look, 'aria-label': label, title: label, onclick }, icon(name));
}

/** The absolute form of an address that is safe to follow, else null. */
export function safeUrl(value, base, protocols = ['http:', 'https:', 'mailto:', 'tel:']) {
  if (typeof value !== 'string' || !value.trim()) return null;
  try {
    const url = new URL(value, base);
    return protocols.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A picture that vanishes when it cannot be shown; null without a usable address. */
export function picture(value, base, attributes) {
  const src = safeUrl(value, base, ['http:', 'https:']);
  if (!src) return null;
  const onerror = ({ target }) => target.remove();
  return h('img', { alt: '', loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer', onerror, ...attributes, src });
}

/** A link, in a new tab if it leads away; text if it is not safe. */
export function link(value, base, words, ...children) {
  const href = safeUrl(value, base);
  if (!href) return h('span', {}, ...children);
  const away = /^http/.test(href) && new URL(href).origin !== location.origin;
  return h('a', { href, rel: 'noopener noreferrer', target: away && '_blank' }, ...children,
    away ? h('span', { class: 'sr' }, ` (${words.say('newTab')})`) : null);
}

/** Text as nodes, web addresses in it as links. */
export function linked(text, base, words) {
  return String(text ?? '').split(/(\bhttps?:\/\/[^\s<>"'«»،؛]+)/i).flatMap((piece, index) => {
    if (index % 2 === 0) return piece ? [piece] : [];
    const [, address, rest] = /^(.*?)([.,:;!?)\]…؟]*)$/s.exec(piece);
    return [link(address, base, words, h('bdi', {}, address)), rest];
  });
}

let audio;

export function chime() {
  try {
    audio ??= new AudioContext();
    audio.resume();
    for (const [frequency, delay] of [[660, 0], [880, 0.12]]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + delay;
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.07, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.3);
    }
  } catch { /* no sound on this device */ }
}
