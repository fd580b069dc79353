// The desk's page: ties the lists, the open conversation and the live stream together.

import { call, goToSignIn } from "./api.js";
import { setServerTime } from "./clock.js";
import { Conversation } from "./conversation.js";
import { Lists } from "./lists.js";
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

const lists = new Lists();

const conversation = new Conversation(
  {
    say,
    changed: (entry) => lists.update([entry], []),
    closed: (id, why) => {
      lists.remove(id);
      leave(why);
    },
  },
  find(".bar .agent").textContent,
);

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
    // A supervisor may read what is in no list any more, such as what the bot took back.
    await conversation.open(id);
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
    if (lists.update(data.changed, data.removed)) say(t("lists.arrived"));
    lookAtOpen();
  },
  message({ conversation_id: id, message }) {
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
  if (!step) return;
  const links = [...document.querySelectorAll("#lists a")];
  const next = links[links.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && conversation.id && !find("#resolve-dialog").open) leave();
});
find("#back").addEventListener("click", () => leave());

addEventListener("popstate", () => {
  const id = addressed();
  if (id) open(id);
  else leave();
});

find("#sign-out").addEventListener("click", async () => {
  await call("DELETE", "/session").catch(() => null);
  sessionStorage.clear();
  goToSignIn();
});

find("#language").addEventListener("click", async (event) => {
  await call("PATCH", "/me", { language: event.currentTarget.value });
  location.reload();
});

if (addressed()) open(addressed()).then(() => stream.watch(null));
else stream.watch(null);
