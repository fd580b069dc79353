// Message parts as elements, by type. Whatever a customer or a catalogue wrote becomes text, never markup.

import { t } from "./words.js";

/** An element with text in it, in the direction of that text. */
export function element(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined && text !== null) {
    node.textContent = String(text);
    node.dir = "auto";
  }
  if (className) node.className = className;
  return node;
}

function group(name, className, children) {
  const node = element(name, undefined, className);
  node.append(...children.filter(Boolean));
  return node;
}

function safeAddress(address, protocols) {
  try {
    const url = new URL(String(address), location.origin);
    return protocols.includes(url.protocol) || url.origin === location.origin ? url.href : null;
  } catch {
    return null;
  }
}

export function link(label, address) {
  const href = safeAddress(address, ["https:", "http:", "mailto:", "tel:"]);
  if (!href) return element("span", label);
  const node = element("a", label, "link");
  node.href = href;
  node.target = "_blank";
  node.rel = "noopener noreferrer nofollow";
  return node;
}

function picture(address) {
  const source = address && safeAddress(address, ["https:"]);
  if (!source) return null;
  const node = document.createElement("img");
  node.src = source;
  node.alt = "";
  node.loading = "lazy";
  node.referrerPolicy = "no-referrer";
  node.addEventListener("error", () => node.remove());
  return node;
}

/** A customer's photo as the desk serves it: small here, whole behind a press. */
export function photo({ url, width, height }) {
  const source = safeAddress(url, []);
  if (!source) return element("span", t("part.unknown"), "quiet");
  const node = document.createElement("img");
  Object.assign(node, { src: source, width, height, alt: t("part.photo"), loading: "lazy" });
  const frame = group("a", "photo", [node]);
  Object.assign(frame, { href: source, target: "_blank", rel: "noopener" });
  return frame;
}

/** A PDF the customer sent, to be saved. */
export function file({ url, name }) {
  const source = safeAddress(url, []);
  if (!source) return element("span", t("part.unknown"), "quiet");
  const node = element("a", name, "link file");
  Object.assign(node, { href: source, download: name });
  return node;
}

const list = (value) => (Array.isArray(value) ? value : []);

/** Buttons as the customer sees them, though not to press. */
function buttons(offered) {
  if (!list(offered).length) return null;
  const choices = group("ul", "choices", list(offered).map((button) => element("li", button.label)));
  choices.setAttribute("aria-label", t("part.choices"));
  return choices;
}

function card(item) {
  return group("li", "product", [
    picture(item.image),
    group("div", "about", [
      item.url ? link(item.title, item.url) : element("strong", item.title),
      item.subtitle && element("span", item.subtitle, "small"),
      item.price && element("span", item.price, "price"),
      list(item.facts).length && group("ul", "facts", list(item.facts).map((fact) => element("li", fact))),
      item.sku && element("code", item.sku),
      buttons(item.buttons),
    ]),
  ]);
}

function table(part) {
  // The corner above the row names has no words; an empty heading would be read out as a riddle.
  const head = group("tr", "", list(part.columns).map((column) => element(column ? "th" : "td", column)));
  head.querySelectorAll("th").forEach((cell) => cell.setAttribute("scope", "col"));
  const rows = list(part.rows).map((row) => group("tr", "", list(row).map((cell) => element("td", cell))));
  const frame = group("div", "table", [group("table", "", [group("thead", "", [head]), group("tbody", "", rows)])]);
  frame.tabIndex = 0;
  return frame;
}

function steps(part) {
  const items = list(part.steps).map((step) => group("li", "", [element("p", step.text), picture(step.image)]));
  const listed = group("ol", "", items);
  listed.start = Number(part.start) || 1;
  return group("div", "steps", [part.title && element("strong", part.title), listed]);
}

function form(part) {
  const fields = list(part.fields).map((field) => element("li", field.label ?? field.name));
  return group("div", "form", [element("strong", part.title ?? t("part.form")), group("ul", "", fields)]);
}

const renderers = {
  text: (part) => element("p", part.text, "text"),
  buttons: (part) => buttons(part.buttons),
  cards: (part) => group("ul", "cards", list(part.cards).map(card)),
  table,
  steps,
  link: (part) => group("p", "", [link(part.label, part.url)]),
  form,
  photo,
  document: file,
};

/** The elements for all parts of a message. */
export function render(parts) {
  return list(parts)
    .map((part) => {
      const known = Object.hasOwn(renderers, part?.type ?? "") ? renderers[part.type] : null;
      return known ? known(part) : element("p", t("part.unknown"), "quiet");
    })
    .filter(Boolean);
}
