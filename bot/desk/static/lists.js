// The lists of conversations: mine, waiting, and (for supervisors) those with colleagues.

import { startClock } from "./clock.js";
import { title } from "./names.js";
import { element } from "./parts.js";
import { moment, named, number, t } from "./words.js";

const template = document.querySelector("#row");
const SUPERVISES = !document.querySelector("[data-optional]");
// The most pressing first: one notice is enough.
const CALLS = ["lists.offered", "lists.transferred", "lists.named", "lists.arrived"];
const places = [...document.querySelectorAll("ul[data-place]")].map((list) => list.dataset.place);

// What is offered to oneself comes first, then those who wait, then those who were promised an answer.
const urgency = (entry) => (entry.transfer || entry.offered_until ? 2 : entry.owner === "queue" ? 1 : 0);

const inOrder = {
  waiting: (a, b) => urgency(b) - urgency(a) || (a.ranked_at ?? "").localeCompare(b.ranked_at ?? ""),
  mine: (a, b) => Boolean(a.snoozed_until) - Boolean(b.snoozed_until) || b.last_message_id - a.last_message_id,
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

  /** Takes over changes; gives the phrase for what calls for attention, if anything does. */
  update(changed, removed) {
    const calling = changed.map((entry) => this.#callOf(entry, this.get(entry.conversation_id))).filter(Boolean);
    removed.forEach((id) => this.entries.delete(id));
    changed.forEach((entry) => this.entries.set(entry.conversation_id, entry));
    this.draw();
    return CALLS.find((phrase) => calling.includes(phrase));
  }

  #callOf(entry, before) {
    if (entry.place === "waiting") {
      if (entry.transfer && entry.transfer.id !== before?.transfer?.id) return "lists.transferred";
      if (entry.offered_until && !before?.offered_until) return "lists.offered";
      return before?.place === "waiting" ? null : "lists.arrived";
    }
    return entry.place === "others" && !before && !SUPERVISES ? "lists.named" : null;
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
    const section = list.closest("section");
    if ("optional" in section.dataset) section.hidden = !entries.length;
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
    find(".badges").replaceChildren(...this.#badges(entry));
    return row;
  }

  #badges(entry) {
    const badges = entry.labels.map((label) => element("span", label, "badge"));
    if (entry.snoozed_until) badges.unshift(element("span", t("row.snoozed", { time: moment(entry.snoozed_until) }), "badge"));
    if (entry.wish) {
      const time = entry.callback_at ? moment(entry.callback_at) : "";
      badges.unshift(element("span", `${t(`wish.${entry.wish}`)} ${time}`.trim(), "badge call"));
    }
    if (entry.transfer) {
      const { is_mine: isMine, from_name: from, to_name: to } = entry.transfer;
      badges.unshift(element("span", isMine ? t("row.offered_to", { name: to }) : t("row.from", { name: from }), "badge call"));
    } else if (entry.offered_until) badges.unshift(element("span", t("row.for_you"), "badge call"));
    return badges;
  }

  #mark(entry, unread, clock) {
    unread.hidden = !entry.unread;
    unread.textContent = number(entry.unread);
    unread.setAttribute("aria-label", t("row.unread", { count: number(entry.unread) }));
    unread.setAttribute("role", "img");
    const since = entry.wish ? null : entry.waiting_since;
    clock.hidden = !since;
    if (since) {
      clock.setAttribute("title", t("row.waiting_since"));
      startClock(clock, since);
    }
  }
}
