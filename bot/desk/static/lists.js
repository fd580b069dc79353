// The lists of conversations: mine, waiting, and (for supervisors) those with colleagues.

import { startClock } from "./clock.js";
import { named, number, t } from "./words.js";

const template = document.querySelector("#row");
const places = [...document.querySelectorAll("ul[data-place]")].map((list) => list.dataset.place);

/** What a conversation is called: the customer's name, else a short code that tells visitors apart. */
export function title(entry) {
  return entry.customer_name ?? t("row.visitor", { code: entry.conversation_id.slice(0, 4).toUpperCase() });
}

const inOrder = {
  waiting: (a, b) => b.priority - a.priority || (a.waiting_since ?? "").localeCompare(b.waiting_since ?? ""),
  mine: (a, b) => b.last_message_id - a.last_message_id,
  others: (a, b) => b.last_message_id - a.last_message_id,
};

export class Lists {
  entries = new Map();
  #rows = new Map();
  #current = null;

  get(conversationId) {
    return this.entries.get(conversationId);
  }

  replace(entries) {
    this.entries = new Map(entries.map((entry) => [entry.conversation_id, entry]));
    this.draw();
  }

  /** Takes over changes; true when somebody new began to wait. */
  update(changed, removed) {
    const arrived = changed.some((entry) => entry.place === "waiting" && this.get(entry.conversation_id)?.place !== "waiting");
    removed.forEach((id) => this.entries.delete(id));
    changed.forEach((entry) => this.entries.set(entry.conversation_id, entry));
    this.draw();
    return arrived;
  }

  remove(conversationId) {
    if (this.entries.delete(conversationId)) this.draw();
  }

  setCurrent(conversationId) {
    this.#current = conversationId;
    this.draw();
  }

  focus(conversationId) {
    const row = this.#rows.get(conversationId) ?? document.querySelector("#lists li");
    (row?.querySelector("a") ?? document.querySelector("#lists")).focus();
  }

  /** How many conversations want the agent's attention: waiting, or with something unread. */
  get wanting() {
    return [...this.entries.values()].filter((entry) => entry.place === "waiting" || entry.unread > 0).length;
  }

  draw() {
    for (const [id, row] of this.#rows) {
      if (!this.entries.has(id)) {
        row.remove();
        this.#rows.delete(id);
      }
    }
    for (const place of places) this.#drawPlace(place);
    document.title = document.title.replace(/^(\([^)]*\) )?/, this.wanting ? `(${number(this.wanting)}) ` : "");
  }

  #drawPlace(place) {
    const entries = [...this.entries.values()].filter((entry) => entry.place === place).sort(inOrder[place]);
    const list = document.querySelector(`ul[data-place="${place}"]`);
    entries.forEach((entry, position) => {
      const row = this.#row(entry);
      // Only what moved is moved: a row that stays put keeps the keyboard focus.
      if (list.children[position] !== row) list.insertBefore(row, list.children[position] ?? null);
    });
    document.querySelector(`[data-count="${place}"]`).textContent = entries.length ? number(entries.length) : "";
    document.querySelector(`[data-empty="${place}"]`).hidden = entries.length > 0;
  }

  #row(entry) {
    let row = this.#rows.get(entry.conversation_id);
    if (!row) {
      row = template.content.firstElementChild.cloneNode(true);
      this.#rows.set(entry.conversation_id, row);
    }
    const find = (selector) => row.querySelector(selector);
    const link = find("a");
    link.href = `/desk/conversations/${encodeURIComponent(entry.conversation_id)}`;
    link.dataset.conversation = entry.conversation_id;
    if (entry.conversation_id === this.#current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    find(".name").textContent = title(entry);
    find(".last").textContent = entry.last_text;
    find(".reason").textContent = entry.reason ? named("reason", entry.reason) : "";
    find(".team").textContent = entry.team?.name ?? "";
    find(".tongue").textContent = named("language", entry.language);
    find(".with").textContent = entry.place === "others" && entry.agent_name ? t("row.with", { name: entry.agent_name }) : "";
    this.#mark(entry, find(".unread"), find(".clock"));
    return row;
  }

  #mark(entry, unread, clock) {
    unread.hidden = !entry.unread;
    unread.textContent = number(entry.unread);
    unread.setAttribute("aria-label", t("row.unread", { count: number(entry.unread) }));
    unread.setAttribute("role", "img");
    clock.hidden = !entry.waiting_since;
    if (entry.waiting_since) {
      clock.setAttribute("title", t("row.waiting_since"));
      startClock(clock, entry.waiting_since);
    }
  }
}
