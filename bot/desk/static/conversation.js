// The open conversation: who it is with, its summary, its transcript, and what the agent does with it.

import { CallFailed, conversations } from "./api.js";
import { startClock } from "./clock.js";
import { title } from "./lists.js";
import { Outgoing, kept, unsent } from "./outgoing.js";
import { element } from "./parts.js";
import { Transcript } from "./transcript.js";
import { named, number, t } from "./words.js";

const PAGE = 500; // messages the server gives at most in one answer
const TYPING_EVERY = 3000;
const LONGEST = Number(document.body.dataset.longest);
const find = (selector) => document.querySelector(selector);

export class Conversation {
  id = null;
  entry = null;
  #outgoing = new Map();
  #typedAt = 0;
  #readUpTo = 0;

  /** `tells` has say(text), closed(id, why) and changed(entry). */
  constructor(tells, ownName) {
    this.tells = tells;
    this.ownName = ownName;
    this.transcript = new Transcript(find("#transcript"), find("#new-messages"), find("#message"));
    this.text = find("#text");
    if (matchMedia("(max-width: 760px)").matches) find("#summary").open = false;
    find("#accept").addEventListener("click", () => this.#accept());
    find("#return").addEventListener("click", () => this.#leave("giveBack", "conversation.returned"));
    find("#resolve").addEventListener("click", () => find("#resolve-dialog").showModal());
    find("#resolve-dialog").addEventListener("close", () => this.#resolve());
    find("#composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("input", () => this.#typed());
    document.addEventListener("visibilitychange", () => this.#markRead());
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
    document.body.dataset.open = "";
    find("#nothing").hidden = true;
    find("#open").hidden = false;
    find("#who").firstElementChild.textContent = t("conversation.loading");
    for (const part of ["#composer", "#notice", "#summary", "#accept", "#return", "#resolve"]) find(part).hidden = true;
    find("#facts").replaceChildren();
    this.transcript.clear();
    try {
      const entry = await conversations.details(id);
      if (this.id !== id) return;
      this.show(entry);
      await this.catchUp();
      if (this.id !== id) return;
      this.transcript.showPending(this.#outgoing.get(id));
      this.transcript.filled();
      (this.isOwn && matchMedia("(pointer: fine)").matches ? this.text : find("#who")).focus();
      this.#markRead();
    } catch (error) {
      if (this.id === id) this.#failed(error, t("error.gone"));
    }
  }

  close() {
    this.id = null;
    this.entry = null;
    delete document.body.dataset.open;
    find("#nothing").hidden = false;
    find("#open").hidden = true;
    find("#resolve-dialog").close("cancel");
  }

  /** Shows what is known of the conversation, and offers what may be done with it now. */
  show(entry) {
    const wasOwn = this.isOwn;
    this.entry = entry;
    find("#who").firstElementChild.textContent = title(entry);
    this.#showFacts(entry);
    this.#showSummary(entry.summary);
    find("#accept").hidden = entry.place !== "waiting";
    for (const part of ["#return", "#resolve", "#composer"]) find(part).hidden = !this.isOwn;
    const notice = find("#notice");
    notice.hidden = this.isOwn;
    const with_ = { agent: "with_colleague", bot: "with_bot", closed: "closed" }[entry.owner] ?? "read_only";
    notice.textContent = this.isOwn ? "" : t(`conversation.${with_}`, { name: entry.agent_name ?? "" });
    if (this.isOwn && !wasOwn) {
      this.text.value = kept.get("draft", entry.conversation_id) ?? "";
      this.#fit();
    }
  }

  #showFacts(entry) {
    const facts = [named("channel", entry.channel), named("language", entry.language)];
    if (entry.team) facts.push(entry.team.name);
    if (entry.reason) facts.push(named("reason", entry.reason));
    find("#facts").replaceChildren(...facts.map((fact) => element("span", fact)));
    if (entry.waiting_since) {
      const clock = element("time", "", "clock");
      clock.title = t("row.waiting_since");
      startClock(clock, entry.waiting_since);
      find("#facts").append(clock);
    }
  }

  #showSummary(lines) {
    find("#summary").hidden = !lines.length;
    find("#summary dl").replaceChildren(
      ...lines.flatMap(({ key, values }) => {
        const texts = values.map((value) => {
          if (typeof value === "boolean") return t(value ? "summary.yes" : "summary.no");
          return key === "topic" ? named("topic", value) : value;
        });
        return [element("dt", named("summary", key)), element("dd", texts.join(t("summary.comma")))];
      }),
    );
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
  }

  /** Shows messages of this conversation that came in. */
  add(messages) {
    const outgoing = this.#outgoing.get(this.id);
    const fresh = this.transcript.add(messages, this.ownName);
    for (const message of fresh) {
      if (message.author === "agent" && message.agent_name === this.ownName) outgoing?.arrived(message.parts[0]?.text);
    }
    if (fresh.length) {
      this.transcript.showPending(outgoing);
      this.#markRead();
    }
  }

  async #markRead() {
    const { cursor } = this.transcript;
    if (!this.isOwn || document.hidden || cursor <= this.#readUpTo) return;
    this.#readUpTo = cursor;
    this.tells.changed({ ...this.entry, unread: 0 });
    await conversations.read(this.id, cursor).catch(() => (this.#readUpTo = 0));
  }

  async #accept() {
    const { id } = this;
    find("#accept").disabled = true;
    try {
      const entry = await conversations.accept(id);
      this.tells.changed(entry);
      this.tells.say(t("conversation.accepted"));
      if (this.id !== id) return;
      this.show(entry);
      this.text.focus();
      await this.catchUp();
      this.#markRead();
    } catch (error) {
      if (this.id === id) this.#failed(error, t("conversation.taken"));
    } finally {
      find("#accept").disabled = false;
    }
  }

  async #leave(call, phrase, ...values) {
    const { id } = this;
    try {
      await conversations[call](id, ...values);
      kept.set("draft", id, "");
      this.tells.closed(id, t(phrase));
    } catch (error) {
      if (this.id === id) this.#failed(error, t("error.not_yours"));
    }
  }

  #resolve() {
    const dialog = find("#resolve-dialog");
    if (dialog.returnValue !== "resolve" || !this.id) return;
    dialog.returnValue = "";
    this.#leave("resolve", "conversation.resolved", new FormData(dialog.querySelector("form")).get("outcome"));
  }

  /** What went wrong decides: a conversation that is no longer ours closes, anything else is only said. */
  #failed(error, gone) {
    if (!(error instanceof CallFailed)) throw error;
    if ([403, 404, 409].includes(error.status)) this.tells.closed(this.id, gone);
    else if (error.status !== 401) this.tells.say(t(error.status ? "error.unexpected" : "error.network"));
  }

  #key(event) {
    // While a word is being composed (keyboards of many languages), Enter belongs to the composing.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const text = this.text.value.trim();
    if (!text || text.length > LONGEST || !this.isOwn) return;
    this.#outgoingOf(this.id).add(text);
    this.text.value = "";
    this.#typed();
    this.transcript.toEnd();
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
    if (this.text.value && Date.now() - this.#typedAt > TYPING_EVERY) {
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
