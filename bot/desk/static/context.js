// What stands beside the open conversation: the customer, what was tried, orders, earlier talks.

import { element } from "./parts.js";
import { moment, named, t } from "./words.js";

function block(title, ...children) {
  const section = document.createElement("section");
  section.append(element("h3", t(title)), ...children);
  return section;
}

function list(items) {
  const node = document.createElement("ul");
  node.append(...items);
  return node;
}

function item(...parts) {
  const node = document.createElement("li");
  node.append(...parts.filter(Boolean));
  return node;
}

function ofCustomer({ name, email, phone, city, verified }) {
  const told = [name, email, phone, city].filter(Boolean).map((value) => item(element("bdi", value)));
  const proof = element("span", t(`context.verified_${verified ?? "none"}`), verified ? "badge good" : "badge");
  return block("context.customer", list([...told, item(proof)]));
}

function ofOrders(orders) {
  return block("context.orders", list(orders.map((order) => item(
    element("strong", order.number), " ",
    element("span", named("order", order.state), "badge"), " ",
    element("span", order.total, "quiet"),
    element("div", order.lines.join(t("summary.comma")), "small"),
  ))));
}

function ofTried(tried) {
  return block("context.tried", list(tried.map(({ topic, outcome, products }) => item(
    element("span", named("topic", topic)), " ",
    element("span", named("result", outcome), "quiet small"),
    products.length ? element("div", products.join(t("summary.comma")), "small") : null,
  ))));
}

function ofEarlier(earlier) {
  return block("context.earlier", list(earlier.map(({ reason, outcome, ended_at }) => item(
    element("span", moment(ended_at), "quiet small"), " ",
    element("span", named("reason", reason)), " ",
    outcome ? element("span", named("outcome", outcome), "badge") : null,
  ))));
}

/** Fills the place beside the conversation. */
export function showContext(place, { customer, tried, orders, earlier }) {
  place.replaceChildren(
    ...[
      customer && ofCustomer(customer),
      tried.length ? ofTried(tried) : null,
      orders.length ? ofOrders(orders) : null,
      earlier.length ? ofEarlier(earlier) : null,
    ].filter(Boolean),
  );
}
