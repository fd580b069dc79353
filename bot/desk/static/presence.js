// Tells the server whether the agent is there: by choice, and by itself when nobody touches the computer.

import { call } from "./api.js";

const IDLE_AFTER = 10 * 60_000;
const TOUCHED = "dukan-desk:touched"; // when any page of this browser was

let told = null;
let timer = 0;

function tell(status) {
  if (status === told) return;
  told = status;
  call("PUT", "/presence", { status }).catch(() => (told = null));
}

export function startPresence(select) {
  const here = () => {
    clearTimeout(timer);
    if (select.value === "away") return;
    tell("online");
    localStorage.setItem(TOUCHED, Date.now());
    watch(IDLE_AFTER);
  };
  const watch = (left) => (timer = setTimeout(() => {
    const still = IDLE_AFTER - (Date.now() - Number(localStorage.getItem(TOUCHED)));
    if (still > 0) watch(still);
    else tell("idle");
  }, left));
  select.addEventListener("change", () => (select.value === "away" ? tell("away") : here()));
  for (const sign of ["pointerdown", "keydown", "wheel"]) addEventListener(sign, here, { passive: true });
  document.addEventListener("visibilitychange", () => document.hidden || here());
  if (select.value === "away") told = "away";
  else here();
}
