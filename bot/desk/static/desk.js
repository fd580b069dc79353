// The desk's page: ties the lists, the open conversation and the live stream together.

import { setServerTime } from "./clock.js";
import { Conversation } from "./conversation.js";
import { Lists } from "./lists.js";
import { startMenu } from "./menu.js";
import { notify, startNotifications } from "./notify.js";
import { startPresence } from "./presence.js";
import { startSearch } from "./search.js";
import { startShortcuts } from "./shortcuts.js";
import { Stream } from "./stream.js";
import { t } from "./words.js";

const TOAST_LASTS = 6000;
const find = (selector) => document.querySelector(selector);
const addressed = () => decodeURIComponent(location.pathname.match(/^\/desk\/conversations\/([^/]+)$/)?.[1] ?? "");

function say(text) {
  // The same again is one notice: ten arrivals at once must not cover the page.
  [...find("#toasts").children].filter((shown) => shown.textContent === text).forEach((shown) => shown.remove());
  const toast = document.createElement("p");
  toast.textContent = text;
  find("#toasts").append(toast);
  setTimeout(() => toast.remove(), TOAST_LASTS);
}

/** Calls whoever is whispered to. */
function whispered(note) {
  if (note.kind !== "whisper" || note.own) return;
  const text = t("note.whispered", { name: note.agent_name });
  say(text);
  notify(text);
}

const lists = new Lists();

const conversation = new Conversation({
  say,
  changed: (entry) => lists.update([entry], []),
  whispered,
  closed: (id, why) => {
    lists.remove(id);
    leave(why);
  },
});

/** Leaves the open conversation, by choice or because it is gone. */
function leave(why) {
  const { id } = conversation;
  if (why) say(why);
  conversation.close();
  lists.setCurrent(null);
  if (addressed()) history.pushState(null, "", "/desk");
  lists.focus(id);
}

function follow(entry) {
  // One's own conversations come on the stream anyway; what one only reads is asked for.
  stream.watch(entry && entry.place !== "mine" ? entry.conversation_id : null);
}

async function open(id) {
  lists.setCurrent(id);
  await conversation.open(id);
  if (conversation.entry) follow(conversation.entry);
}

/** The open conversation after the lists changed: other words at its top, or no longer there. */
async function lookAtOpen() {
  const { id, entry } = conversation;
  if (!id || !entry) return;
  const now = lists.get(id);
  if (now) {
    if (JSON.stringify(now) !== JSON.stringify(entry)) conversation.show(now);
    follow(now);
  } else if (entry.place === "others") {
    // What is in no list any more may still be read: by a supervisor, or by who resolved it.
    await conversation.refresh();
  } else {
    leave(t(entry.place === "waiting" ? "conversation.left_queue" : "error.not_yours"));
  }
}

const stream = new Stream({
  connection(isOn) {
    const sign = find("#connection");
    sign.dataset.state = isOn ? "on" : "off";
    sign.textContent = t(isOn ? "connection.on" : "connection.off");
  },
  lists(data) {
    setServerTime(data.now);
    lists.replace(data.conversations);
    lookAtOpen();
    if (conversation.entry) conversation.catchUp().catch(() => null);
  },
  changed(data) {
    setServerTime(data.now);
    const phrase = lists.update(data.changed, data.removed);
    if (phrase) {
      say(t(phrase));
      notify(t(phrase));
    }
    lookAtOpen();
  },
  note({ conversation_id: id, note }) {
    if (id === conversation.id && conversation.entry) conversation.addNotes([note]);
    else whispered(note);
  },
  marks({ conversation_id: id, marks }) {
    if (id === conversation.id && conversation.entry) conversation.mark(marks);
  },
  message({ conversation_id: id, message }) {
    if (message.author === "customer" && (document.hidden || id !== conversation.id)) notify(t("lists.answered"));
    if (id === conversation.id && conversation.entry) {
      conversation.add([message]);
      return;
    }
    const entry = lists.get(id);
    if (!entry || message.id <= entry.last_message_id) return;
    const unread = entry.unread + (entry.place === "mine" && message.author === "customer" ? 1 : 0);
    lists.update([{ ...entry, last_message_id: message.id, unread }], []);
  },
});

find("#lists").addEventListener("click", (event) => {
  const link = event.target.closest("a[data-conversation]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  open(link.dataset.conversation);
});

find("#lists").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.closest("input")) return;
  const links = [...document.querySelectorAll("#lists a")].filter((link) => link.checkVisibility());
  const next = links[links.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

addEventListener("keydown", (event) => {
  const isFree = !event.isComposing && !document.querySelector("dialog[open], details.menu[open]");
  if (event.key === "Escape" && isFree && conversation.id) leave();
});
find("#back").addEventListener("click", () => leave());

addEventListener("popstate", () => {
  const id = addressed();
  if (id) open(id);
  else leave();
});

startMenu();
startNotifications();
startPresence(find("#presence"));
startSearch();
startShortcuts();

if (addressed()) open(addressed()).then(() => stream.watch(null));
else stream.watch(null);
