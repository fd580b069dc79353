// Passages of the shop's pages that may answer what the customer wrote last; a press puts one where the agent writes.

import { conversations } from "./api.js";
import { element } from "./parts.js";

const PAUSE = 600; // several messages at once are asked about once
const LONGEST = 1200; // characters of a passage
const place = document.querySelector("#suggestions");
let wanted = null;
let timer = 0;

function cut(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST).replace(/\s+\S*$/, "")} …` : text;
}

function show(found, use) {
  const items = found.map(({ title, heading, text, url, language }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(element("strong", heading && heading !== title ? `${title}: ${heading}` : title), element("span", text, "last"));
    button.lang = language;
    button.addEventListener("click", () => use([cut(text), url].filter(Boolean).join("\n")));
    const item = document.createElement("li");
    item.append(button);
    return item;
  });
  place.querySelector("ul").replaceChildren(...items);
  place.hidden = !items.length;
}

/** Shows what may answer a conversation's last messages; `use(text)` is called with what was pressed. */
export function suggest(id, use) {
  clearTimeout(timer);
  wanted = id;
  const look = async () => {
    const found = await conversations.suggestions(id).catch(() => []);
    if (wanted === id) show(found, use);
  };
  timer = setTimeout(look, PAUSE);
}

export function clearSuggestions() {
  clearTimeout(timer);
  wanted = null;
  place.hidden = true;
  place.querySelector("ul").replaceChildren();
}
