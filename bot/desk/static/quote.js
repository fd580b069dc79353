// The quote an agent sends: what is in the customer's basket, with products added to it.

import { CallFailed, call, conversations, newId } from "./api.js";
import { element } from "./parts.js";
import { number, t } from "./words.js";

const find = (selector) => document.querySelector(selector);
const dialog = find("#quote-dialog");
const text = find("#quote-text");
let added = [];
let asked = 0;

function complain(phrase) {
  find("#quote-error").hidden = !phrase;
  find("#quote-error").textContent = phrase ?? "";
}

/** A line in the direction of the page, around a text in its own. */
function told(text) {
  const row = element("li");
  row.append(element("bdi", text));
  return row;
}

function showBasket(lines) {
  const rows = lines.map((line) => told(`${number(line.quantity)} × ${line.title} · ${line.total}`));
  find("#quote-basket").replaceChildren(...(rows.length ? rows : [told(t("quote.basket_empty"))]));
}

/** Which of a product that comes in several. */
function choice(line) {
  const select = element("select");
  select.required = true;
  select.setAttribute("aria-label", t("quote.variant", { name: line.title }));
  select.append(...[{ sku: "", title: t("quote.choose") }, ...line.variants].map(({ sku, title }) => {
    const option = element("option", title);
    Object.assign(option, { value: sku, selected: sku === (line.variant ?? "") });
    return option;
  }));
  select.addEventListener("change", () => (line.variant = select.value || null));
  return select;
}

function showAdded() {
  find("#quote-added").replaceChildren(
    ...added.map((line) => {
      const row = element("li");
      row.append(element("span", line.title));
      if (line.variants?.length) row.append(choice(line));
      const pieces = element("input");
      Object.assign(pieces, { type: "number", min: 1, max: 100000, required: true, value: line.quantity });
      pieces.setAttribute("aria-label", t("quote.quantity", { name: line.title }));
      pieces.addEventListener("input", () => (line.quantity = pieces.valueAsNumber));
      const price = element("input");
      Object.assign(price, { type: "number", min: 0, step: "any", placeholder: t("quote.price"), value: line.price ?? "" });
      price.setAttribute("aria-label", t("quote.price_of", { name: line.title }));
      price.addEventListener("input", () => (line.price = price.value || null));
      const remove = element("button", "×", "plain");
      remove.type = "button";
      remove.setAttribute("aria-label", t("quote.remove", { name: line.title }));
      remove.addEventListener("click", () => {
        added = added.filter((other) => other !== line);
        showAdded();
        text.focus();
      });
      row.append(pieces, price, remove);
      return row;
    }),
  );
  find("#quote-added-title").hidden = !added.length;
}

async function look() {
  const mine = (asked += 1);
  const wanted = text.value.trim();
  const { products } = wanted.length < 2 ? { products: [] } : await call("GET", `/products?q=${encodeURIComponent(wanted)}`);
  if (mine !== asked) return;
  find("#quote-found").replaceChildren(
    ...products.map(({ code, title, variants }) => {
      const button = element("button");
      button.type = "button";
      button.append(element("strong", title), element("span", code, "last"));
      button.addEventListener("click", () => add({ product: code, title, variants, quantity: 1 }));
      const row = element("li");
      row.append(button);
      return row;
    }),
  );
}

function add(line) {
  if (!added.some((other) => other.product === line.product)) added.push(line);
  text.value = "";
  find("#quote-found").replaceChildren();
  complain(null);
  showAdded();
  const row = find("#quote-added li:last-child");
  row.querySelector("select")?.focus();
  if (!line.variants?.length) row.querySelector("input").select();
}

text.addEventListener("input", () => look().catch(() => null));
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  find("#quote-found button")?.click();
});

/** Asks what to quote and sends it; kept with whether it was sent. */
export async function sendQuote(id) {
  const { offer } = await conversations.context(id);
  const clientId = newId();
  added = [];
  text.value = "";
  find("#quote-found").replaceChildren();
  showBasket(offer?.lines ?? []);
  showAdded();
  complain(null);
  return new Promise((resolve, reject) => {
    const submit = async (event) => {
      event.preventDefault();
      const send = find("#quote-send");
      send.disabled = true;
      try {
        await conversations.sendQuote(id, clientId, added.map(({ product, variant, quantity, price }) => ({ product, variant: variant ?? null, quantity, price: price ?? null })));
        dialog.close("sent");
      } catch (error) {
        if (error instanceof CallFailed && error.problem.reason) complain(t(`quote.error.${error.problem.reason}`));
        else {
          dialog.close("failed");
          reject(error);
        }
      } finally {
        send.disabled = false;
      }
    };
    dialog.addEventListener("submit", submit);
    dialog.addEventListener("close", () => {
      dialog.removeEventListener("submit", submit);
      resolve(dialog.returnValue === "sent");
    }, { once: true });
    dialog.returnValue = "";
    dialog.showModal();
  });
}
