// The live stream. The browser reconnects by itself after a dropped line; this starts it anew when it gives up.

import { call } from "./api.js";

const LONGEST_PAUSE = 15_000;

export class Stream {
  #source = null;
  #watched = null;
  #pause = 500;
  #timer = 0;

  /** `hears` has lists(data), changed(data), message(data), note(data), marks(data) and connection(isOn). */
  constructor(hears) {
    this.hears = hears;
  }

  get isOn() {
    return this.#source?.readyState === EventSource.OPEN;
  }

  /** Follows one more conversation besides one's own, or none; connects where needed. */
  watch(conversationId) {
    if (this.#source && this.#watched === conversationId) return;
    this.#watched = conversationId;
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #connect() {
    this.close();
    const query = this.#watched ? `?watch=${encodeURIComponent(this.#watched)}` : "";
    const source = new EventSource(`/api/v1/desk/stream${query}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#pause = 500;
      this.hears.connection(true);
    });
    for (const name of ["lists", "changed", "message", "note", "marks"]) {
      source.addEventListener(name, (event) => this.hears[name](JSON.parse(event.data)));
    }
    source.addEventListener("error", () => {
      this.hears.connection(false);
      if (source.readyState === EventSource.CLOSED && source === this.#source) this.#tryAgain();
    });
  }

  #tryAgain() {
    this.#timer = setTimeout(async () => {
      // Asking who we are leads to the sign-in page when the session is what ended the stream.
      await call("GET", "/me").catch(() => null);
      this.#connect();
    }, this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
