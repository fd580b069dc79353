// The log: keeps its elements in step with the conversation, draws messages part by part.

import { plain } from './conversation.js';
import { h, icon, iconButton, link, linked, picture } from './dom.js';

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

  /** Where the customer's newest message begins, in pixels. */
  get turn() {
    const own = this.log.querySelectorAll('.customer');
    return own.length ? own[own.length - 1].offsetTop : 0;
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
