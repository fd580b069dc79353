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
    const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
