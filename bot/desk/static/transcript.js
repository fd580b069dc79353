// The messages of the open conversation, and one's own that are still on their way.

import { render } from "./parts.js";
import { moment, t } from "./words.js";

const NEAR_THE_END = 80; // pixels

export class Transcript {
  cursor = 0;
  noteCursor = 0;
  #follows = true; // the end was last in sight: it stays so when the frame shrinks

  constructor(frame, newMessages, template) {
    this.frame = frame;
    this.newMessages = newMessages;
    this.template = template;
    newMessages.addEventListener("click", () => this.toEnd());
    frame.addEventListener("scroll", () => {
      this.#follows = this.#isAtEnd();
      if (this.#follows) newMessages.hidden = true;
    });
    new ResizeObserver(() => this.#follows && this.toEnd()).observe(frame);
  }

  /** Starts over with an empty transcript, not to be read out while it fills. */
  clear() {
    this.cursor = 0;
    this.noteCursor = 0;
    this.frame.replaceChildren();
    this.frame.setAttribute("aria-busy", "true");
    this.newMessages.hidden = true;
  }

  get isFilling() {
    return this.frame.hasAttribute("aria-busy");
  }

  filled() {
    this.frame.removeAttribute("aria-busy");
    this.toEnd();
  }

  toEnd() {
    this.#follows = true;
    this.frame.scrollTop = this.frame.scrollHeight;
    this.newMessages.hidden = true;
  }

  #isAtEnd() {
    return this.frame.scrollHeight - this.frame.scrollTop - this.frame.clientHeight < NEAR_THE_END;
  }

  /** Adds messages not shown yet; gives those that were added. */
  add(messages) {
    const fresh = messages.filter((message) => message.id > this.cursor);
    if (!fresh.length) return fresh;
    const follow = this.#isAtEnd();
    const pending = this.frame.querySelector(".pending");
    for (const message of fresh) {
      this.cursor = Math.max(this.cursor, message.id);
      this.frame.insertBefore(this.#article(message), pending);
    }
    if (follow) this.toEnd();
    else if (fresh.some((message) => message.author === "customer")) this.newMessages.hidden = false;
    return fresh;
  }

  /** Adds private notes not shown yet, each where its time puts it; gives those that were added. */
  addNotes(notes) {
    const fresh = notes.filter((note) => note.id > this.noteCursor);
    const follow = this.#isAtEnd();
    for (const note of fresh) {
      this.noteCursor = Math.max(this.noteCursor, note.id);
      const message = { author: "note", own: note.own, agent_name: note.agent_name, created_at: note.created_at };
      const article = this.#article({ ...message, parts: [{ type: "text", text: note.text }] });
      article.dataset.kind = note.kind;
      article.querySelector(".by").append(" ", t(`note.${note.kind}`));
      const later = [...this.frame.children].find(
        (other) => other.classList.contains("pending") || Date.parse(other.dataset.at) > Date.parse(note.created_at),
      );
      this.frame.insertBefore(article, later ?? null);
    }
    if (fresh.length && follow) this.toEnd();
    return fresh;
  }

  /** Says of one's last message whether it was delivered or read. */
  mark({ delivered_up_to: delivered, read_up_to: read }) {
    this.frame.querySelectorAll(".state[data-mark]").forEach((state) => {
      state.hidden = true;
      delete state.dataset.mark;
    });
    const own = [...this.frame.querySelectorAll("article[data-own][data-message]")].at(-1);
    const id = Number(own?.dataset.message);
    if (!id || id > delivered) return;
    const state = own.querySelector(".state");
    state.dataset.mark = id <= read ? "read" : "delivered";
    state.querySelector("span").textContent = t(`marks.${state.dataset.mark}`);
    state.hidden = false;
  }

  #article(message) {
    const article = this.template.content.firstElementChild.cloneNode(true);
    article.dataset.author = message.author;
    article.dataset.at = message.created_at;
    if (message.id) article.dataset.message = message.id;
    if (message.own) article.dataset.own = "";
    const author = message.own ? t("author.you") : message.agent_name || t(`author.${message.author}`);
    article.querySelector(".author").textContent = author;
    const time = article.querySelector("time");
    time.dateTime = message.created_at;
    time.textContent = moment(message.created_at);
    article.querySelector(".parts").append(...render(message.parts));
    return article;
  }

  /** Shows what is on its way, or failed, below the messages. */
  showPending(outgoing) {
    const follow = this.#isAtEnd();
    this.frame.querySelectorAll(".pending").forEach((article) => article.remove());
    for (const message of outgoing?.messages ?? []) {
      if (!message.isThrough) this.frame.append(this.#pendingArticle(message, outgoing));
    }
    if (follow) this.toEnd();
  }

  #pendingArticle(message, outgoing) {
    const article = this.template.content.firstElementChild.cloneNode(true);
    article.classList.add("pending");
    article.dataset.author = "agent";
    article.dataset.own = "";
    article.querySelector(".author").textContent = t("author.you");
    article.querySelector("time").remove();
    article.querySelector(".parts").append(...render([{ type: "text", text: message.text }]));
    const state = article.querySelector(".state");
    state.hidden = false;
    state.querySelector("span").textContent = t(message.failed ? "message.failed" : "message.sending");
    if (message.failed) {
      article.classList.add("failed");
      state.append(
        this.#button("message.retry", () => outgoing.retry(message)),
        this.#button("message.discard", () => outgoing.discard(message)),
      );
    }
    return article;
  }

  #button(phrase, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = t(phrase);
    button.addEventListener("click", act);
    return button;
  }
}
