// What is asked before something is done with a conversation: to whom, until when, which labels, which answer.

import { CallFailed, call, conversations } from "./api.js";
import { element } from "./parts.js";
import { t } from "./words.js";

const find = (selector) => document.querySelector(selector);

// No submit buttons, the first of which Enter would press.
document.querySelectorAll("[data-cancel]").forEach((button) =>
  button.addEventListener("click", () => button.closest("dialog").close("cancel")));

/** Shows a dialog; the promise is kept with whether it was confirmed. */
function ask(dialog) {
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  });
}

function option(value, label) {
  const node = element("option", label);
  node.value = value;
  return node;
}

/** Asks to whom a conversation shall go: `{agent_id}` or `{team}` with `note`; null when nobody. */
export async function askTaker(kind) {
  const { agents, teams } = await call("GET", "/colleagues");
  agents.sort((one, other) => (other.presence === "online") - (one.presence === "online"));
  const groups = [
    ["transfer.agents", agents.map(({ id, name, presence }) => option(`agent ${id}`, `${name} (${t(`presence.${presence}`)})`))],
    ["transfer.teams", teams.map(({ code, name }) => option(`team ${code}`, name))],
  ];
  const select = find("#transfer-to");
  select.replaceChildren(
    ...groups.filter(([, options]) => options.length).map(([label, options]) => {
      const group = document.createElement("optgroup");
      group.label = t(label);
      group.append(...options);
      return group;
    }),
  );
  find("#transfer-title").textContent = t(`${kind}.title`);
  find("#transfer-hint").hidden = kind !== "transfer";
  find("#transfer-note").value = "";
  if (!(await ask(find("#transfer-dialog"))) || !select.value) return null;
  const [what, ...rest] = select.value.split(" ");
  const taker = what === "agent" ? { agent_id: Number(rest[0]) } : { team: rest.join(" ") };
  return { ...taker, note: find("#transfer-note").value };
}

/** Asks until when; an ISO time or null. */
export async function askUntil() {
  const dialog = find("#snooze-dialog");
  if (!(await ask(dialog))) return null;
  const hours = Number(new FormData(dialog.querySelector("form")).get("hours"));
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}

/** Asks for labels; a list, or null. */
export async function askLabels(present) {
  find("#labels-text").value = present.join(t("summary.comma"));
  if (!(await ask(find("#labels-dialog")))) return null;
  return find("#labels-text").value.split(/[,،]/).map((label) => label.trim()).filter(Boolean);
}

/** Lets one of some things be picked; `look(text)` gives `[{label, detail, value}]`. Kept with a value or null. */
function pick(title, look) {
  const [dialog, text, list] = ["#picker", "#picker-text", "#picker-list"].map(find);
  find("#picker-title").textContent = t(title);
  text.value = "";
  list.replaceChildren();
  return new Promise((resolve) => {
    let chosen = null;
    let asked = 0;
    const choose = (value) => {
      chosen = value;
      dialog.close();
    };
    const show = async () => {
      const mine = (asked += 1);
      const found = await look(text.value.trim()).catch(() => []);
      if (mine !== asked) return;
      list.replaceChildren(
        ...found.map(({ label, detail, value }) => {
          const button = document.createElement("button");
          button.type = "button";
          button.append(element("strong", label), element("span", detail, "last"));
          button.addEventListener("click", () => choose(value));
          const item = document.createElement("li");
          item.append(button);
          return item;
        }),
      );
      find("#picker-empty").hidden = found.length > 0;
    };
    const step = (event) => {
      const buttons = [...list.querySelectorAll("button")];
      if (event.key === "Enter" && event.target === text) {
        event.preventDefault();
        buttons[0]?.click();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const next = buttons.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
        (buttons[next] ?? text).focus();
      }
    };
    text.addEventListener("input", show);
    dialog.addEventListener("keydown", step);
    dialog.addEventListener("close", () => {
      text.removeEventListener("input", show);
      dialog.removeEventListener("keydown", step);
      resolve(chosen);
    }, { once: true });
    dialog.showModal();
    show();
  });
}

/** A canned answer in the customer's language, or null. */
export async function pickAnswer(id) {
  const { answers } = await conversations.answers(id);
  return pick("composer.answers", async (wanted) => {
    const words = wanted.replace(/^\//, "").toLowerCase();
    return answers
      .filter(({ code, text }) => code.includes(words) || text.toLowerCase().includes(words))
      .map(({ code, text }) => ({ label: `/${code}`, detail: text, value: text }));
  });
}

/** The code of a product, or null. */
export function pickProduct() {
  return pick("composer.products", async (wanted) => {
    if (wanted.length < 2) return [];
    const { products } = await call("GET", `/products?q=${encodeURIComponent(wanted)}`);
    return products.map(({ code, title }) => ({ label: title, detail: code, value: code }));
  });
}

/** What to say of a call that failed. */
export function sayOf(error) {
  if (!(error instanceof CallFailed)) throw error;
  if (error.status === 413) return t("composer.file_too_large");
  return t(error.status ? "error.unexpected" : "error.network");
}

