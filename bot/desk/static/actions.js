// What the agent does with the open conversation beside writing: take, pass on, put off, label, note, send things.

import { CallFailed, conversations } from "./api.js";
import { askLabels, askTaker, askUntil, pickAnswer, pickProduct, sayOf } from "./dialogs.js";
import { kept } from "./outgoing.js";
import { sendQuote } from "./quote.js";
import { moment, t } from "./words.js";

const find = (selector) => document.querySelector(selector);
const GONE = [403, 404, 409];

export class Actions {
  isNoting = false;

  /** `conversation` is the open one; `tells` has say(text), closed(id, why) and changed(entry). */
  constructor(conversation, tells) {
    this.conversation = conversation;
    this.tells = tells;
    const on = (selector, act) => find(selector)?.addEventListener("click", () => this.#guarded(act));
    on("#accept", () => this.#take("accept", "conversation.taken"));
    on("#take-over", () => this.#take("takeOver", "error.gone"));
    on("#decline", () => this.#decline());
    on("#return", () => this.#leave("giveBack", "conversation.returned"));
    on("#transfer", () => this.#transfer());
    on("#reassign", () => this.#reassign());
    on("#snooze", () => this.#snooze());
    on("#labels", () => this.#label());
    on("#answers", () => this.insertAnswer());
    on("#products", () => this.#sendProduct());
    on("#quote", () => this.#sendQuote());
    on("#ask-photo", () => this.#askPhoto());
    on("#banner button", () => this.#act());
    find("#resolve").addEventListener("click", () => find("#resolve-dialog").showModal());
    find("#resolve-dialog").addEventListener("close", () => this.#guarded(() => this.#resolve()));
    find("#note").addEventListener("click", () => {
      this.setNoting(!this.isNoting);
      find("#text").focus(); // what is typed next is the note, not keys for the desk
    });
    find("#file").addEventListener("click", () => find("#file-input").click());
    find("#file-input").addEventListener("change", () => this.#guarded(() => this.#sendFile()));
  }

  get #id() {
    return this.conversation.id;
  }

  /** Offers what may be done with the conversation as it stands. */
  show(entry, isOwn) {
    const waits = entry.place === "waiting";
    const canSupervise = find("#take-over") !== null;
    const visible = {
      "#accept": waits,
      "#decline": waits && Boolean(entry.transfer || entry.offered_until),
      "#take-over": canSupervise && !isOwn && !waits,
      "#return": isOwn,
      "#resolve": isOwn,
      "#transfer": isOwn,
      "#reassign": canSupervise && ["queue", "agent"].includes(entry.owner),
      "#snooze": isOwn,
      "#labels": isOwn || canSupervise,
      "#more": isOwn || canSupervise,
      "#composer": isOwn || this.#maySayAside(entry),
    };
    for (const [selector, isVisible] of Object.entries(visible)) {
      const node = find(selector);
      if (node) node.hidden = !isVisible;
    }
    find("#snooze").textContent = t(entry.snoozed_until ? "snooze.end" : "snooze.title");
    for (const selector of ["#answers", "#products", "#quote", "#file", "#ask-photo"]) find(selector).hidden = !isOwn;
    find("#note").disabled = !isOwn;
    this.setNoting(!isOwn);
    this.#showBanner(entry);
  }

  /** Who reads along may leave a note: a colleague named in one, or a supervisor, who whispers. */
  #maySayAside(entry) {
    return entry.place === "others" && entry.owner === "agent";
  }

  #showBanner({ transfer, contact, wish, callback_at: at, snoozed_until: until }) {
    let text = "";
    let offered = "";
    if (transfer?.is_mine) {
      text = t("banner.offered", { name: transfer.to_name });
      offered = "banner.take_back";
    } else if (transfer) {
      text = `${t("banner.from", { name: transfer.from_name })} ${transfer.note}`.trim();
    } else if (wish) {
      text = [t(`wish.${wish}`), at ? moment(at) : "", contact ?? ""].filter(Boolean).join(" · ");
    } else if (until) {
      text = t("row.snoozed", { time: moment(until) });
    } else if (contact) text = contact;
    find("#banner").hidden = !text;
    find("#banner p").textContent = text;
    find("#banner button").hidden = !offered;
    if (offered) find("#banner button").textContent = t(offered);
  }

  setNoting(on) {
    this.isNoting = on;
    find("#note").setAttribute("aria-pressed", String(on));
    find("#composer").classList.toggle("noting", on);
    find("#text").placeholder = t(on ? "composer.note_placeholder" : "composer.placeholder");
  }

  /** Keeps what is written as a note; true when it was taken. */
  async note(text) {
    const isAside = !this.conversation.isOwn && find("#take-over") !== null;
    try {
      await conversations.note(this.#id, text, isAside ? "whisper" : "note");
      await this.conversation.catchUp();
      if (this.conversation.isOwn) this.setNoting(false);
      return true;
    } catch (error) {
      this.tells.say(sayOf(error));
      return false;
    }
  }

  /** Puts a canned answer where the agent writes. */
  async insertAnswer() {
    this.conversation.insert((await pickAnswer(this.#id)) ?? "");
  }

  async #guarded(act) {
    const id = this.#id;
    find("#more").open = false;
    try {
      await act();
    } catch (error) {
      if (this.#id === id) this.tells.say(sayOf(error));
    }
  }

  async #take(way, lost) {
    const id = this.#id;
    find("#accept").disabled = true;
    try {
      const entry = await conversations[way](id);
      this.tells.changed(entry);
      this.tells.say(t("conversation.accepted"));
      if (this.#id !== id) return;
      this.conversation.show(entry);
      this.conversation.markRead(); // what is on the screen is read, even if the agent goes on to another at once
      find("#text").focus();
      await this.conversation.catchUp();
      this.conversation.markRead();
    } catch (error) {
      if (!(error instanceof CallFailed) || !GONE.includes(error.status)) throw error;
      if (this.#id === id) this.tells.closed(id, t(lost));
    } finally {
      find("#accept").disabled = false;
    }
  }

  async #decline() {
    const { entry } = this.conversation;
    if (entry.transfer) await conversations.endTransfer(this.#id);
    else await conversations.decline(this.#id);
    this.tells.say(t("conversation.declined"));
  }

  async #leave(way, phrase, ...values) {
    const id = this.#id;
    try {
      await conversations[way](id, ...values);
      kept.set("draft", id, "");
      this.tells.closed(id, t(phrase));
    } catch (error) {
      if (!(error instanceof CallFailed) || !GONE.includes(error.status)) throw error;
      if (this.#id === id) this.tells.closed(id, t("error.not_yours"));
    }
  }

  async #resolve() {
    const dialog = find("#resolve-dialog");
    if (dialog.returnValue !== "resolve" || !this.#id) return;
    dialog.returnValue = "";
    await this.#leave("resolve", "conversation.resolved", new FormData(dialog.querySelector("form")).get("outcome"));
  }

  async #transfer() {
    const id = this.#id;
    const taker = await askTaker("transfer");
    if (!taker) return;
    const entry = await conversations.transfer(id, taker);
    this.tells.changed(entry);
    if (this.#id === id) this.conversation.show(entry);
  }

  async #act() {
    await conversations.endTransfer(this.#id);
  }

  async #reassign() {
    const id = this.#id;
    const taker = await askTaker("reassign");
    if (!taker) return;
    this.tells.changed(await conversations.reassign(id, taker));
    this.tells.say(t("reassign.done"));
  }

  async #snooze() {
    const id = this.#id;
    const until = this.conversation.entry.snoozed_until ? null : await askUntil();
    if (until === null && !this.conversation.entry.snoozed_until) return;
    await conversations.snooze(id, until);
  }

  async #label() {
    const labels = await askLabels(this.conversation.entry.labels);
    if (labels) await conversations.label(this.#id, labels);
  }

  async #sendProduct() {
    const id = this.#id;
    const code = await pickProduct();
    if (!code) return;
    await conversations.sendCards(id, [code]);
    await this.conversation.catchUp();
  }

  async #sendQuote() {
    if (!(await sendQuote(this.#id))) return;
    this.tells.say(t("quote.sent"));
    await this.conversation.catchUp();
    this.conversation.refreshContext();
  }

  async #askPhoto() {
    await conversations.askPhoto(this.#id);
    this.tells.say(t("composer.photo_asked"));
    await this.conversation.catchUp();
  }

  async #sendFile() {
    const input = find("#file-input");
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    this.tells.say(t("composer.file_sending", { name: file.name }));
    await conversations.sendFile(this.#id, file);
    await this.conversation.catchUp();
  }
}
