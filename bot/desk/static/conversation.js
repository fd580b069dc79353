// The open conversation: who it is with, what is known, its transcript, and what the agent writes.

import { Actions } from "./actions.js";
import { CallFailed, conversations } from "./api.js";
import { startClock } from "./clock.js";
import { showContext } from "./context.js";
import { title } from "./names.js";
import { Outgoing, kept, unsent } from "./outgoing.js";
import { element } from "./parts.js";
import { clearSuggestions, suggest } from "./suggestions.js";
import { Transcript } from "./transcript.js";
import { named, number, t } from "./words.js";

const PAGE = 500; // messages the server gives at most in one answer
const TYPING_EVERY = 3000;
const TYPING_LASTS = 7000;
const SAID_LASTS = 4000;
const LONGEST = Number(document.body.dataset.longest);
const GAP = "____"; // of a canned answer, where something is not known
const find = (selector) => document.querySelector(selector);

export class Conversation {
  id = null;
  entry = null;
  #outgoing = new Map();
  #typedAt = 0;
  #readUpTo = 0;
  #marks = { delivered_up_to: 0, read_up_to: 0 };
  #typing = 0;
  #saidAt = 0; // when the customer's newest message came

  /** `tells` has say(text), closed(id, why), changed(entry) and whispered(note). */
  constructor(tells) {
    this.tells = tells;
    this.transcript = new Transcript(find("#transcript"), find("#new-messages"), find("#message"));
    this.text = find("#text");
    this.actions = new Actions(this, tells);
    if (matchMedia("(max-width: 1180px)").matches) find("#summary").open = false;
    find("#composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("input", () => this.#typed());
    document.addEventListener("visibilitychange", () => this.markRead());
    unsent().forEach((id) => this.#outgoingOf(id));
  }

  get isOwn() {
    return this.entry?.place === "mine";
  }

  /** Opens a conversation; the promise is kept once its transcript stands. */
  async open(id) {
    this.id = id;
    this.entry = null;
    this.#readUpTo = 0;
    this.#marks = { delivered_up_to: 0, read_up_to: 0 };
    document.body.dataset.open = "";
    find("#nothing").hidden = true;
    find("#open").hidden = false;
    find("#who").firstElementChild.textContent = t("conversation.loading");
    for (const part of ["#composer", "#notice", "#summary", "#banner", "#typing"]) find(part).hidden = true;
    find(".head .actions").querySelectorAll(":scope > *").forEach((action) => (action.hidden = true));
    find("#facts").replaceChildren();
    find("#context").replaceChildren();
    clearSuggestions();
    this.transcript.clear();
    try {
      const entry = await conversations.details(id);
      if (this.id !== id) return;
      this.show(entry);
      await Promise.all([this.catchUp(), this.refreshContext()]);
      if (this.id !== id) return;
      this.transcript.showPending(this.#outgoing.get(id));
      this.transcript.filled();
      (this.isOwn && matchMedia("(pointer: fine)").matches ? this.text : find("#who")).focus();
      this.#suggest();
      this.markRead();
    } catch (error) {
      if (this.id === id) this.#failed(error, t("error.gone"));
    }
  }

  /** Looks again at a conversation that is only read. */
  async refresh() {
    const { id } = this;
    try {
      const entry = await conversations.details(id);
      if (this.id === id) this.show(entry);
      if (this.id === id) await this.catchUp();
    } catch (error) {
      if (this.id === id) this.#failed(error, t("error.gone"));
    }
  }

  close() {
    this.id = null;
    this.entry = null;
    delete document.body.dataset.open;
    clearSuggestions();
    find("#nothing").hidden = false;
    find("#open").hidden = true;
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close("cancel"));
  }

  /** Shows what is known of the conversation, and offers what may be done with it now. */
  show(entry) {
    const wasOwn = this.isOwn;
    const stays = this.entry?.conversation_id === entry.conversation_id && wasOwn === (entry.place === "mine");
    const noting = this.actions.isNoting;
    this.entry = entry;
    find("#who").firstElementChild.textContent = title(entry);
    this.#showFacts(entry);
    this.#showSummary(entry.summary);
    this.actions.show(entry, this.isOwn);
    if (stays && this.isOwn) this.actions.setNoting(noting);
    const notice = find("#notice");
    notice.hidden = this.isOwn;
    const with_ = { agent: "with_colleague", bot: "with_bot", closed: "closed" }[entry.owner] ?? "read_only";
    notice.textContent = this.isOwn ? "" : t(`conversation.${with_}`, { name: entry.agent_name ?? "" });
    if (this.isOwn && !wasOwn) {
      this.text.value = kept.get("draft", entry.conversation_id) ?? "";
      this.#fit();
      this.#suggest();
    }
  }

  #showFacts(entry) {
    const facts = [named("channel", entry.channel), named("language", entry.language)];
    if (entry.team) facts.push(entry.team.name);
    if (entry.reason) facts.push(named("reason", entry.reason));
    const beside = element("span", undefined, "badges");
    beside.append(...entry.labels.map((label) => element("span", label, "badge")));
    find("#facts").replaceChildren(...facts.map((fact) => element("span", fact)), beside);
    if (entry.waiting_since && !entry.wish) {
      const clock = element("time", "", "clock");
      clock.title = t("row.waiting_since");
      startClock(clock, entry.waiting_since);
      beside.append(clock);
    }
  }

  #showSummary(lines) {
    find("#summary").hidden = false;
    find("#summary dl").hidden = !lines.length;
    find("#summary dl").replaceChildren(
      ...lines.flatMap(({ key, values }) => {
        const texts = values.map((value) => {
          if (typeof value === "boolean") return t(value ? "summary.yes" : "summary.no");
          return ["topic", "mood"].includes(key) ? named(key, value) : value;
        });
        return [element("dt", named("summary", key)), element("dd", texts.join(t("summary.comma")))];
      }),
    );
  }

  /** Looks again at what stands beside: a photo, a quote or a basket may have come. */
  async refreshContext() {
    const { id } = this;
    const context = await conversations.context(id);
    if (this.id !== id) return;
    showContext(find("#context"), context);
    this.mark(context.marks);
  }

  /** Fetches whatever is newer than what is shown. */
  async catchUp() {
    const { id } = this;
    for (let full = true; full; ) {
      const messages = await conversations.messages(id, this.transcript.cursor);
      if (this.id !== id) return;
      this.add(messages);
      full = messages.length === PAGE;
    }
    const notes = await conversations.notes(id, this.transcript.noteCursor);
    if (this.id === id) this.addNotes(notes);
  }

  /** Shows messages of this conversation that came in. */
  add(messages) {
    const outgoing = this.#outgoing.get(this.id);
    const fresh = this.transcript.add(messages);
    for (const message of fresh) if (message.own) outgoing?.arrived(message.parts[0]?.text);
    if (fresh.length) {
      this.transcript.showPending(outgoing);
      if (fresh.at(-1).author === "customer") {
        this.#saidAt = Date.now();
        this.#showTyping(false);
        this.#suggest();
      }
      if (fresh.some((message) => message.parts.some((part) => ["photo", "document"].includes(part?.type)))) this.#beside();
      this.transcript.mark(this.#marks);
      this.markRead();
    }
  }

  #beside() {
    if (this.entry && !this.transcript.isFilling) this.refreshContext().catch(() => null);
  }

  #suggest() {
    if (this.isOwn) suggest(this.id, (text) => this.insert(text));
    else clearSuggestions();
  }

  /** Puts a text where the agent writes, in place of what is marked there; a gap in it is marked, to be typed over. */
  insert(text) {
    const from = this.text.selectionStart;
    if (text) this.text.setRangeText(text, from, this.text.selectionEnd, "end");
    const gap = text.indexOf(GAP);
    if (gap >= 0) this.text.setSelectionRange(from + gap, from + gap + GAP.length);
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
    this.text.focus();
  }

  /** Shows notes, by whichever way they come first, and tells of a whisper that was not here when this was opened. */
  addNotes(notes) {
    const fresh = this.transcript.addNotes(notes);
    if (!this.transcript.isFilling) fresh.forEach((note) => this.tells.whispered(note));
  }

  /** Shows how far the customer's side is, and whether something is being typed there. */
  mark(marks) {
    this.#marks = marks;
    this.transcript.mark(marks);
    // The sign of typing what was just sent is still fresh.
    this.#showTyping(marks.customer_typing && Date.now() > this.#saidAt + SAID_LASTS);
  }

  #showTyping(on) {
    clearTimeout(this.#typing);
    find("#typing").hidden = !on;
    if (on) this.#typing = setTimeout(() => this.#showTyping(false), TYPING_LASTS);
  }

  async markRead() {
    const { cursor } = this.transcript;
    if (!this.isOwn || document.hidden || cursor <= this.#readUpTo) return;
    this.#readUpTo = cursor;
    this.tells.changed({ ...this.entry, unread: 0 });
    await conversations.read(this.id, cursor).catch(() => (this.#readUpTo = 0));
  }

  /** What went wrong decides: a conversation that is no longer ours closes, anything else is only said. */
  #failed(error, gone) {
    if (!(error instanceof CallFailed)) throw error;
    if ([403, 404, 409].includes(error.status)) this.tells.closed(this.id, gone);
    else if (error.status !== 401) this.tells.say(t(error.status ? "error.unexpected" : "error.network"));
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "/" && !this.text.value && this.isOwn) {
      event.preventDefault();
      find("#answers").click();
    }
    // While a word is being composed (keyboards of many languages), Enter belongs to the composing.
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.#send();
  }

  async #send() {
    const text = this.text.value.trim();
    if (!text || text.length > LONGEST || !this.id) return;
    if (this.actions.isNoting) {
      const { id } = this;
      if ((await this.actions.note(text)) && this.id === id) this.#clear();
      return;
    }
    if (!this.isOwn) return;
    this.#outgoingOf(this.id).add(text);
    this.#clear();
    this.transcript.toEnd();
  }

  #clear() {
    this.text.value = "";
    this.#typedAt = 0; // what was sent is not being typed any more: the next word is told at once
    this.#typed();
  }

  #outgoingOf(id) {
    if (!this.#outgoing.has(id)) {
      const show = () => this.id === id && this.transcript.showPending(this.#outgoing.get(id));
      const delivered = async (messageId) => {
        if (this.id === id && this.transcript.cursor < messageId) await this.catchUp().catch(() => null);
      };
      this.#outgoing.set(id, new Outgoing(id, show, delivered));
    }
    return this.#outgoing.get(id);
  }

  #typed() {
    kept.set("draft", this.id, this.text.value);
    this.#fit();
    const over = this.text.value.trim().length - LONGEST;
    find("#hint").textContent = over > 0 ? t("composer.too_long", { count: number(over) }) : t("composer.hint");
    if (over > 0) this.text.setAttribute("aria-invalid", "true");
    else this.text.removeAttribute("aria-invalid");
    const tells = this.text.value && this.isOwn && !this.actions.isNoting;
    if (tells && Date.now() - this.#typedAt > TYPING_EVERY) {
      this.#typedAt = Date.now();
      conversations.typing(this.id).catch(() => null);
    }
  }

  /** The box grows with what is written; how far is the style sheet's to say. */
  #fit() {
    const { style } = this.text;
    style.height = "auto";
    style.height = `${this.text.scrollHeight + this.text.offsetHeight - this.text.clientHeight}px`;
  }
}
