// Elements made of plain text (nothing in the widget ever parses markup), drawings, safe links, a sound.

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
