// Finds conversations by words, customer, label or number, above the lists.

import { call } from "./api.js";
import { title } from "./names.js";
import { element } from "./parts.js";
import { number } from "./words.js";

const PAUSE = 300;
const find = (selector) => document.querySelector(selector);

function rowOf(entry) {
  const link = document.createElement("a");
  link.href = `/desk/conversations/${encodeURIComponent(entry.conversation_id)}`;
  link.dataset.conversation = entry.conversation_id;
  link.append(element("bdi", title(entry), "name"), element("span", entry.text, "last"));
  const item = document.createElement("li");
  item.append(link);
  return item;
}

export function startSearch() {
  const [place, wanted] = ["#found", "#wanted"].map(find);
  let timer = 0;
  let asked = 0;
  const look = async () => {
    const mine = (asked += 1);
    const words = wanted.value.trim();
    place.hidden = words.length < 2;
    if (place.hidden) return;
    const { conversations } = await call("GET", `/search?q=${encodeURIComponent(words)}`).catch(() => ({ conversations: [] }));
    if (mine !== asked) return;
    place.querySelector("ul").replaceChildren(...conversations.map(rowOf));
    place.querySelector(".count").textContent = conversations.length ? number(conversations.length) : "";
    place.querySelector(".empty").hidden = conversations.length > 0;
  };
  wanted.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  find("#search").addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
}
