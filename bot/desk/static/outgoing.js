// Answers on their way to the server: kept over reloads, sent one after the other, sent again until it answers.

import { conversations, newId } from "./api.js";

const LONGEST_PAUSE = 15_000;
const owner = document.body.dataset.agent;

/** A value of this agent's in this tab; another agent who signs in here does not see it. */
export const kept = {
  key: (kind, conversationId) => `dukan-desk:${owner}:${kind}:${conversationId}`,
  get(kind, conversationId) {
    try {
      return JSON.parse(sessionStorage.getItem(this.key(kind, conversationId)) ?? "null");
    } catch {
      return null;
    }
  },
  set(kind, conversationId, value) {
    const key = this.key(kind, conversationId);
    try {
      if (value === "" || value?.length === 0) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Storage may be full or forbidden; the desk then works without remembering.
    }
  },
};

/** The conversations with answers that were still on their way when the page was left. */
export function unsent() {
  const start = kept.key("pending", "");
  return Object.keys(sessionStorage).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
}

export class Outgoing {
  #isSending = false;

  /** `changed` is called when there is something else to show; `delivered(id)` once the server has a message. */
  constructor(conversationId, changed, delivered) {
    this.conversationId = conversationId;
    this.changed = changed;
    this.delivered = delivered;
    this.messages = (kept.get("pending", conversationId) ?? []).map((message) => ({ ...message, failed: false }));
    if (this.messages.length) this.#send();
  }

  add(text) {
    this.messages.push({ client_message_id: newId(), text, failed: false });
    this.#note();
    this.#send();
  }

  retry(message) {
    message.failed = false;
    this.#note();
    this.#send();
  }

  discard(message) {
    this.messages = this.messages.filter((other) => other !== message);
    this.#note();
    this.#send();
  }

  /** A message of one's own came in on the stream, perhaps before the answer to its sending: it is through. */
  arrived(text) {
    const found = this.messages.find((message) => message.text === text && !message.isThrough);
    if (found) found.isThrough = true;
  }

  #note() {
    kept.set("pending", this.conversationId, this.messages.map(({ client_message_id, text }) => ({ client_message_id, text })));
    this.changed();
  }

  async #send() {
    if (this.#isSending) return;
    this.#isSending = true;
    let pause = 1000;
    while (this.messages.length && !this.messages[0].failed) {
      const [message] = this.messages;
      const { client_message_id, text } = message;
      try {
        const { message_id: id } = await conversations.say(this.conversationId, { client_message_id, text });
        await this.delivered(id);
        this.messages = this.messages.filter((other) => other !== message);
        this.#note();
        pause = 1000;
      } catch (error) {
        if (error.status === 0 || error.status === 429 || error.status >= 500) {
          await new Promise((resolve) => setTimeout(resolve, Math.max(pause, error.retryAfter * 1000)));
          pause = Math.min(pause * 2, LONGEST_PAUSE);
        } else {
          message.failed = true;
          this.#note();
        }
      }
    }
    this.#isSending = false;
  }
}
