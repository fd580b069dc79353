// Calls the agent: a sound, and a desktop notification while the page is not looked at. Both are off until turned on.

import { t } from "./words.js";

const find = (selector) => document.querySelector(selector);
const kept = (name) => localStorage.getItem(`dukan-desk:${name}`) === "on";
let audio = null;

function keep(name, on) {
  localStorage.setItem(`dukan-desk:${name}`, on ? "on" : "off");
}

function ring() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume(); // a page that was reloaded has not been touched yet
  const [start, gain, tone] = [audio.currentTime, audio.createGain(), audio.createOscillator()];
  tone.frequency.setValueAtTime(660, start);
  tone.frequency.setValueAtTime(880, start + 0.12);
  gain.gain.setValueAtTime(0.08, start);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.35);
  tone.connect(gain).connect(audio.destination);
  tone.start(start);
  tone.stop(start + 0.4);
}

/** Calls the agent's attention to something. */
export function notify(text) {
  if (kept("sound")) ring();
  if (document.hidden && kept("notifications") && window.Notification?.permission === "granted") {
    const shown = new Notification(t("brand"), { body: text, tag: "dukan-desk", renotify: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  }
}

function toggle(button, name, allow) {
  const show = () => button.setAttribute("aria-pressed", String(kept(name)));
  button.addEventListener("click", async () => {
    const on = !kept(name) && (await allow());
    keep(name, on);
    show();
  });
  show();
}

export function startNotifications() {
  toggle(find("#sound"), "sound", () => {
    ring();
    return true;
  });
  if (window.Notification) {
    toggle(find("#notifications"), "notifications", async () => (await Notification.requestPermission()) === "granted");
  } else find("#notifications").hidden = true;
}
