// Single keys for what is done all day. They rest while something is typed, and can be turned off.

const KEPT = "dukan-desk:shortcuts";
const find = (selector) => document.querySelector(selector);
const isOn = () => localStorage.getItem(KEPT) !== "off";

function press(selector) {
  const button = find(selector);
  if (button?.checkVisibility()) button.click();
}

/** Presses what stands in the menu, which may be closed. */
function pressInside(selector) {
  const button = find(selector);
  if (!button.hidden && find("#more").checkVisibility()) button.click();
}

function step(by) {
  const links = [...document.querySelectorAll("#lists a")].filter((link) => link.checkVisibility());
  const at = links.findIndex((link) => link === document.activeElement || link.hasAttribute("aria-current"));
  const next = links[Math.max(0, Math.min(links.length - 1, at + by))];
  next?.focus();
  next?.click();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  a: () => press("#accept"),
  n: () => press("#note"),
  t: () => pressInside("#transfer"),
  s: () => pressInside("#snooze"),
  r: () => press("#resolve"),
  f: () => find("#wanted").focus(),
  "/": () => press("#answers"),
  "?": () => find("#shortcuts-dialog").showModal(),
};

/** What the key would be on a Latin keyboard: an Arabic one writes ش where the A stands, and ظ where the slash does. */
function latin({ key, code, shiftKey }) {
  if (/^[\x00-\x7f]*$/.test(key)) return null;
  if (code === "Slash") return shiftKey ? "?" : "/";
  return key === "؟" ? "?" : code.replace(/^Key/, "").toLowerCase();
}

export function startShortcuts() {
  const dialog = find("#shortcuts-dialog");
  const box = find("#shortcuts-on");
  box.checked = isOn();
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
  find("#shortcuts").addEventListener("click", () => {
    find("#menu").open = false;
    dialog.showModal();
  });
  addEventListener("keydown", (event) => {
    if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (document.querySelector("dialog[open]") || event.target.closest?.("input, textarea, select")) return;
    const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()] ?? KEYS[latin(event)];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
