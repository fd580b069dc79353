// Waiting times that tick, counted by the server's clock.

import { duration } from "./words.js";

let ahead = 0; // milliseconds the server's clock is ahead of this computer's

export function setServerTime(written) {
  ahead = Date.parse(written) - Date.now();
}

function show(clock) {
  clock.textContent = duration((Date.now() + ahead - Date.parse(clock.dateTime)) / 1000);
}

/** Makes a <time> element show how long ago `since` was, from now on. */
export function startClock(clock, since) {
  clock.dateTime = since;
  clock.dataset.ticks = "";
  show(clock);
}

setInterval(() => document.querySelectorAll("time[data-ticks]").forEach(show), 1000);
