// What stands beside the open conversation: the customer, the lead, what is on the table, orders and cases, talks before.

import { element, file, link, photo } from "./parts.js";
import { day, moment, named, number, t } from "./words.js";

function block(title, ...children) {
  const section = document.createElement("section");
  section.append(element("h3", t(title)), ...children.filter(Boolean));
  return section;
}

function item(...parts) {
  const node = document.createElement("li");
  parts.filter(Boolean).forEach((part, at) => node.append(at ? " " : "", part));
  return node;
}

function list(items) {
  const node = document.createElement("ul");
  node.append(...items.filter(Boolean));
  return node;
}

const badge = (text, kind = "") => element("span", text, `badge ${kind}`.trim());
const small = (text) => text && element("div", text, "small");
const fact = (name, value) => value && item(element("span", t(name), "quiet small"), element("bdi", value));

function ofCustomer({ name, email, phone, city, verified }) {
  const told = [name, email, phone, city].filter(Boolean).map((value) => item(element("bdi", value)));
  return block("context.customer", list([...told, item(badge(t(`context.verified_${verified ?? "none"}`), verified ? "good" : ""))]));
}

function ofLead({ score, reasons, need, budget, value, timeline, next_step: step, next_step_at: at, email, phone }) {
  const why = reasons.map(({ reason, points }) =>
    item(element("span", named("lead", reason)), element("span", `+${number(points)}`, "quiet small")));
  return block(
    "context.lead",
    element("strong", t("context.score", { score: number(score) })),
    list(why),
    list([
      fact("context.need", need),
      fact("context.budget", budget),
      fact("context.value", value),
      fact("context.timeline", timeline && day(timeline)),
      fact("context.next_step", `${named("next_step", step)} · ${moment(at)}`),
      ...[email, phone].filter(Boolean).map((contact) => item(element("bdi", contact))),
    ]),
  );
}

function ofOffer({ lines, discount, delivery, total, coupon, agreed }) {
  return block(
    "context.offer",
    list([
      ...lines.map((line) => item(
        element("span", `${number(line.quantity)} × ${line.title}`),
        element("span", line.total, "quiet"),
        small(line.details.join(t("summary.comma"))),
      )),
      fact("context.coupon", coupon),
      fact("context.discount", discount),
      fact("context.delivery", delivery),
      total && item(element("span", t("context.total"), "quiet small"), element("strong", total)),
      ...agreed.map((price) => item(
        element("span", price.title),
        badge(t("context.agreed", price), "good"),
        element("span", t("context.valid_until", { time: moment(price.until) }), "quiet small"),
      )),
    ]),
  );
}

const ofQuotes = (quotes) => block("context.quotes", list(quotes.map((quote) => item(
  link(quote.number, quote.url),
  badge(named("quote_state", quote.state), quote.state === "open" ? "good" : ""),
  element("span", quote.total, "quiet"),
  quote.state === "open" && element("span", t("context.valid_until", { time: moment(quote.valid_until) }), "quiet small"),
))));

const ofOrders = (orders) => block("context.orders", list(orders.map((order) => item(
  element("strong", order.number),
  badge(named("order", order.state)),
  element("span", order.total, "quiet"),
  small(order.lines.join(t("summary.comma"))),
  order.tracking && link(t("context.tracking"), order.tracking),
))));

const ofTickets = (tickets) => block("context.tickets", list(tickets.map((ticket) => item(
  element("strong", ticket.number),
  badge(named("ticket_state", ticket.state), ticket.state === "solved" ? "" : "call"),
  badge(named("urgency", ticket.severity)),
  element("span", named("topic", ticket.topic)),
  element("span", t("context.due", { time: moment(ticket.due_at) }), "quiet small"),
  small(ticket.story),
))));

const ofCases = (cases) => block("context.cases", list(cases.map((one) => item(
  element("strong", one.number),
  element("span", named("case", one.kind)),
  badge(named("case_state", one.state)),
  small(one.title),
))));

function ofPhotos(photos) {
  const shown = list(photos.map((one) => item(photo(one))));
  shown.className = "photos";
  return block("context.photos", shown);
}

const ofDocuments = (documents) => block("context.documents", list(documents.map((one) => item(file(one)))));

const ofTried = (tried) => block("context.tried", list(tried.map(({ topic, outcome, products }) => item(
  element("span", named("topic", topic)),
  element("span", named("result", outcome), "quiet small"),
  small(products.join(t("summary.comma"))),
))));

const ofEarlier = (earlier) => block("context.earlier", list(earlier.map((talk) => item(
  element("span", moment(talk.at), "quiet small"),
  element("span", talk.topics.map((topic) => named("topic", topic)).join(t("summary.comma")) || (talk.reason && named("reason", talk.reason))),
  talk.outcome && badge(named("outcome", talk.outcome)),
  talk.readable && link(t("context.read"), `/desk/conversations/${encodeURIComponent(talk.conversation_id)}`),
))));

const some = (things, show) => (things.length ? show(things) : null);

/** Fills the place beside the conversation. */
export function showContext(place, context) {
  place.replaceChildren(
    ...[
      context.customer && ofCustomer(context.customer),
      some(context.photos, ofPhotos),
      some(context.documents, ofDocuments),
      context.offer && ofOffer(context.offer),
      some(context.quotes, ofQuotes),
      some(context.orders, ofOrders),
      some(context.tickets, ofTickets),
      some(context.cases, ofCases),
      context.lead && ofLead(context.lead),
      some(context.tried, ofTried),
      some(context.earlier, ofEarlier),
    ].filter(Boolean),
  );
}
