// The sign-in page and those behind links: send the form as JSON, then go to the desk.

import { call } from "./api.js";
import { number, t } from "./words.js";

const asksCode = () => document.querySelector("#code-row")?.hidden === false;

function says(error) {
  if (error.status === 0) return t("error.network");
  if (error.problem.code === "totp") return t("sign_in.code_needed");
  if (error.status === 401) return t(asksCode() ? "sign_in.wrong_code" : "sign_in.wrong");
  if (error.status === 429) return t("sign_in.locked", { seconds: number(error.retryAfter) });
  if (error.status === 410) return t("link_invalid.title");
  const field = error.problem.field;
  return ["name", "email", "password"].includes(field) ? t(`setup.error.${field}`) : t("error.unexpected");
}

function wire(form, path, firstField) {
  const alert = form.querySelector("#error");
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    button.disabled = true;
    alert.hidden = true;
    try {
      const filled = [...new FormData(form)].filter(([name, value]) => name !== "code" || value);
      await call("POST", path, Object.fromEntries(filled), { public: true });
      location.assign(document.body.dataset.target);
    } catch (error) {
      alert.textContent = says(error);
      alert.hidden = false;
      button.disabled = false;
      const needsCode = error.problem?.code === "totp";
      if (needsCode) document.querySelector("#code-row").hidden = false;
      const wrong = form.elements[asksCode() ? "code" : error.problem?.field] ?? form.elements[firstField];
      wrong.focus();
      wrong.select();
    }
  });
}

const signIn = document.querySelector("#sign-in");
const setUp = document.querySelector("#setup");
const choosePassword = document.querySelector("#choose-password");
if (choosePassword) wire(choosePassword, "/password-link", "password");
if (signIn) wire(signIn, "/session", "password");
if (setUp) wire(setUp, "/setup", "name");
