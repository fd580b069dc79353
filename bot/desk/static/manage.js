// The pages on which things are managed: forms and buttons that name the call they make in `data-call`.

import { call } from "./api.js";
import { startMenu } from "./menu.js";
import { labelCells } from "./tables.js";
import { moment, t } from "./words.js";

const SURE_FOR = 4000;

function minutes(written) {
  const [, hours, rest] = /^(\d{1,2}):(\d{2})$/.exec(written.trim()) ?? [];
  return hours === undefined ? NaN : Number(hours) * 60 + Number(rest);
}

/** "09:00-13:00, 16:00-01:00" as minutes after midnight; what ends before it begins ends on the next day. */
function spans(written) {
  return written.split(/[,،]/).filter((span) => span.trim()).map((span) => {
    const [opens, closes] = span.split(/[-–]/).map(minutes);
    if (Number.isNaN(opens + closes)) throw new Error("hours");
    return [opens, closes <= opens ? closes + 1440 : closes];
  });
}

const READ = {
  number: (field, body) => (body[field.name] = field.value === "" ? null : Number(field.value)),
  flag: (field, body) => (body[field.name] = field.checked),
  list: (field, body) => (body[field.name] = field.value.split(/[,،]/).map((part) => part.trim()).filter(Boolean)),
  checks: (field, body) => {
    body[field.name] ??= [];
    if (field.checked) body[field.name].push(field.value);
  },
  hours: (field, body) => {
    body[field.name] ??= {};
    const found = spans(field.value);
    if (found.length) body[field.name][field.dataset.day] = found;
  },
};

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || "skip" in field.dataset) continue;
    (READ[field.dataset.kind] ?? (() => (body[field.name] = field.value)))(field, body);
  }
  return Object.keys(body).length ? body : undefined;
}

function says(error) {
  if (error.message === "hours") return t("manage.hours_wrong");
  if (!error.status) return t("error.network");
  const { field, reason } = error.problem;
  const phrase = `manage.error.${field === "code" && reason === "wrong" ? "one_time_code" : field}`;
  return field ? t(phrase in WORDS ? phrase : "manage.error.other") : t("error.unexpected");
}
const WORDS = JSON.parse(document.body.dataset.words);

function show(id, result) {
  const place = document.getElementById(id);
  for (const node of place.querySelectorAll("[data-result]")) {
    const value = result[node.dataset.result];
    if (node.tagName === "IMG") node.src = value;
    else node.textContent = value;
  }
  place.hidden = false;
  (place.querySelector("input") ?? place).scrollIntoView({ block: "nearest" });
}

function toast(text) {
  const node = document.createElement("p");
  node.textContent = text;
  document.querySelector("#toasts").append(node);
  setTimeout(() => node.remove(), 6000);
}

async function make(holder, body) {
  const [method, path] = holder.dataset.call.split(" ");
  const result = await call(method, path, body);
  if (holder.dataset.show) show(holder.dataset.show, result);
  else if (holder.dataset.done) toast(t(holder.dataset.done));
  else location.reload();
}

for (const form of document.querySelectorAll("form[data-call]")) {
  const alert = form.querySelector(".alert");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    alert.hidden = true;
    button.disabled = true;
    try {
      await make(form, bodyOf(form));
      if (form.dataset.show || form.dataset.done) form.reset();
    } catch (error) {
      alert.textContent = says(error);
      alert.hidden = false;
      form.elements[error.problem?.field]?.focus?.();
    }
    button.disabled = false;
  });
}

for (const button of document.querySelectorAll("button[data-call]")) {
  let isSure = !("sure" in button.dataset);
  const label = button.textContent;
  button.addEventListener("click", async () => {
    if (!isSure) {
      isSure = true;
      button.textContent = t("manage.sure");
      setTimeout(() => {
        isSure = false;
        button.textContent = label;
      }, SURE_FOR);
      return;
    }
    button.disabled = true;
    await make(button, button.dataset.body && JSON.parse(button.dataset.body)).catch((error) => toast(says(error)));
    button.disabled = false;
  });
}

document.querySelectorAll("table.stack").forEach(labelCells);
for (const time of document.querySelectorAll("time[data-moment]")) time.textContent = moment(time.dateTime);
startMenu();
