// The reports page: asks for a period's report, and shows measures, pictures, tables and lists.

import { call, CallFailed } from "./api.js";
import { bar, columns, hours } from "./charts.js";
import { startMenu } from "./menu.js";
import { element } from "./parts.js";
import { duration, named, t } from "./words.js";

const find = (selector) => document.querySelector(selector);
const place = find("#report");
const language = document.documentElement.lang;
const locale = language === "ar" ? "ar-u-nu-arab" : language;
const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const money = new Intl.NumberFormat(locale, { style: "currency", currency: place.dataset.currency, maximumFractionDigits: 0 });
const dayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

const day = (written) => dayFormat.format(new Date(`${written}T00:00:00Z`));
const hour = (value) => `${plain.format(value)}:${plain.format(0)}${plain.format(0)}`;

// Less of these is better; of these there is no better or worse.
const LESS = new Set([
  "average_handling_time", "first_response_time", "agent_response_time", "agent_response_time_business", "waiting_time",
  "waiting_time_business", "time_to_close", "complaints", "service_level_breaches", "overdue_tickets", "reopen_rate",
  "low_confidence_share", "corrected_share", "unknown_share", "abandoned_share",
]);
const NEUTRAL = new Set(["discount_given", "handover_rate", "quotes"]);

const UNITS = {
  count: (value) => plain.format(value),
  share: (value) => share.format(value),
  money: (value) => money.format(value),
  seconds: (value) => (value < 86400 ? duration(value) : t("reports.days", { days: plain.format(value / 86400) })),
};
const shown = (value, unit) => (value === null || value === undefined ? "–" : UNITS[unit](value));

/** An element that keeps the page's direction around a text that has its own. */
function around(name, text, className) {
  const node = element(name, undefined, className);
  node.append(element("bdi", text));
  return node;
}

/** A name kept in its own direction within a sentence of the page's. */
const isolated = (text) => `\u2068${text}\u2069`;

function measure(name, value, { unit, before }) {
  const node = element("div");
  const compared = element("dd", undefined, "before");
  if (value !== null && before !== null && value !== before) {
    const better = (value > before) !== LESS.has(name);
    compared.append(element("span", value > before ? "▲" : "▼", NEUTRAL.has(name) ? "" : better ? "better" : "worse"), " ");
  }
  compared.append(t("reports.was", { value: isolated(shown(before, unit)) }));
  node.append(compared, around("dd", shown(value, unit), "value"), around("dt", t(`measure.${name}`)));
  return node;
}

function showMeasures(report) {
  const groups = { sales: [], service: [], understanding: [] };
  for (const [name, details] of Object.entries(report.details)) groups[details.group].push(measure(name, report[name], details));
  for (const [group, nodes] of Object.entries(groups)) find(`#${group}`).replaceChildren(...nodes);
}

function ends(...labels) {
  const node = element("p", undefined, "ends");
  node.append(...labels.map((label) => element("span", label)));
  return node;
}

function overDays(where, trend, key, unit) {
  const values = trend.map((row) => row[key]);
  const most = trend[values.indexOf(Math.max(...values))];
  const total = values.reduce((sum, value) => sum + value, 0);
  if (!total) {
    where.replaceChildren(nothing());
    return;
  }
  const said = t("reports.chart_said", { total: shown(total, unit), most: shown(most[key], unit), day: day(most.day) });
  const picture = columns(values, said, (index) => `${day(trend[index].day)}: ${shown(values[index], unit)}`);
  where.replaceChildren(element("p", said, "quiet small"), picture, ends(day(trend[0].day), day(trend.at(-1).day)));
}

function bars(rows) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  const list = element("ul", undefined, "bars");
  list.append(...rows.map((row) => {
    const node = element("li");
    node.append(around("span", row.label, "name"), element("span", row.text ?? plain.format(row.value), "amount"), bar(row.value, most));
    return node;
  }));
  return list;
}

function showPictures(report) {
  overDays(find("#topics"), report.trend, "topics", "count");
  overDays(find("#revenue"), report.trend, "revenue", "money");
  const need = report.funnel[0].conversations;
  find("#funnel").replaceChildren(bars(report.funnel.map(({ step, conversations }) => ({
    label: t(`funnel.${step}`),
    value: conversations,
    text: need ? [plain.format(conversations), share.format(conversations / need)].join(t("summary.comma")) : plain.format(conversations),
  }))));
  const counts = new Map(report.heat.map((row) => [`${row.weekday}:${row.hour}`, row.topics]));
  const busiest = report.heat.reduce((top, row) => (row.topics > (top?.topics ?? 0) ? row : top), null);
  const said = busiest ? t("reports.heat_said", { day: t(`day.${busiest.weekday}`), hour: hour(busiest.hour) }) : t("reports.nothing");
  const week = element("ol");
  week.append(...[0, 1, 2, 3, 4, 5, 6].map((weekday) => element("li", t(`day.${weekday}`))));
  const grid = element("div", undefined, "heat");
  grid.append(week, hours(counts, said, (weekday, at, count) => `${t(`day.${weekday}`)} ${hour(at)}: ${plain.format(count)}`), ends(hour(0), hour(12), hour(23)));
  find("#heat").replaceChildren(element("p", said, "quiet small"), grid);
}

function sheet(title, ...content) {
  const node = element("section", undefined, "sheet");
  const heading = element("h2", title);
  heading.id = `sheet-${Math.random().toString(36).slice(2)}`;
  node.setAttribute("aria-labelledby", heading.id);
  node.append(heading, ...content);
  return node;
}

const nothing = () => element("p", t("reports.nothing"), "quiet");

function table(title, rows, cells) {
  if (!rows.length) return sheet(title, nothing());
  const node = element("table");
  const head = element("tr");
  head.append(...Object.keys(cells).map((key) => Object.assign(around("th", t(`reports.${key}`)), { scope: "col" })));
  const body = element("tbody");
  body.append(...rows.map((row) => {
    const line = element("tr");
    line.append(...Object.values(cells).map((cell, index) => {
      const holder = around(index ? "td" : "th", cell(row));
      if (!index) holder.scope = "row";
      return holder;
    }));
    return line;
  }));
  const top = element("thead");
  top.append(head);
  node.append(top, body);
  const scroller = element("div", undefined, "table");
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "group");
  const made = sheet(title, scroller);
  scroller.setAttribute("aria-labelledby", made.getAttribute("aria-labelledby"));
  scroller.append(node);
  return made;
}

const ended = {
  of_topics: (row) => plain.format(row.topics),
  resolved: (row) => plain.format(row.resolved),
  sold: (row) => plain.format(row.sold),
  unknown: (row) => plain.format(row.unknown),
  handed_over: (row) => plain.format(row.handed_over),
  abandoned: (row) => plain.format(row.abandoned),
};
const counted = (title, rows, label) => sheet(title, rows.length ? bars(rows.map((row) => ({ label: label(row), value: row.count }))) : nothing());

function showTables(report) {
  find("#tables").replaceChildren(
    table(t("reports.by_topic"), report.by_topic, { topic: (row) => named("topic", row.name), ...ended }),
    table(t("reports.by_channel"), report.by_channel, { channel: (row) => named("channel", row.name), ...ended }),
    table(t("reports.by_language"), report.by_language, { language: (row) => named("language", row.name), ...ended }),
    table(t("reports.by_product"), report.by_product, {
      product: (row) => row.name,
      of_topics: (row) => plain.format(row.topics),
      before_buying: (row) => plain.format(row.sales),
      after_buying: (row) => plain.format(row.service),
      sold: (row) => plain.format(row.sold),
    }),
    table(t("reports.by_team"), report.by_team, {
      team: (row) => row.name,
      handoffs: (row) => plain.format(row.handoffs),
      waiting: (row) => shown(row.waiting_time, "seconds"),
      handling: (row) => shown(row.handling_time, "seconds"),
      breaches: (row) => plain.format(row.breaches),
      stars: (row) => shown(row.stars, "count"),
      revenue: (row) => shown(row.revenue, "money"),
      quota: (row) => shown(row.quota, "money"),
      attainment: (row) => shown(row.attainment, "share"),
    }),
    counted(t("reports.handover_reasons"), report.handover_reasons, (row) => named("reason", row.name)),
    counted(t("reports.complaint_causes"), report.complaint_causes, (row) => named("cause", row.name)),
    counted(t("reports.star_counts"), report.stars, (row) => "★".repeat(row.name)),
    table(t("reports.drop_offs"), report.drop_offs, {
      topic: (row) => named("topic", row.name) + (row.place ? ` (${row.place})` : ""),
      abandoned: (row) => plain.format(row.abandoned),
      of_topics: (row) => plain.format(row.topics),
      of_all: (row) => share.format(row.share),
    }),
  );
}

function evidence(title, rows, head) {
  if (!rows.length) return sheet(title, nothing());
  const list = element("ul", undefined, "needs");
  list.append(...rows.map((row) => {
    const node = element("li");
    const heading = element("strong");
    heading.textContent = head(row);
    node.append(heading);
    node.append(...(row.examples ?? []).map((text) => element("q", text)));
    node.append(...(row.conversations ?? []).map((id, index) => {
      const link = element("a", t("reports.conversation", { number: plain.format(index + 1) }));
      link.href = `/desk/conversations/${encodeURIComponent(id)}`;
      return link;
    }));
    return node;
  }));
  return sheet(title, list);
}

function showNeeds(report) {
  find("#needs").replaceChildren(
    evidence(t("reports.not_carried"), report.not_carried, (row) => t("reports.missed_of", { name: isolated(row.name), missed: plain.format(row.missed), asked: plain.format(row.asked) })),
    evidence(t("reports.articles_missing"), report.articles_missing, (row) => t("reports.missed_times", { name: named("topic", row.name), missed: plain.format(row.missed) })),
    evidence(t("reports.failing_steps"), report.failing_steps, (row) => t("reports.failed_at", { name: isolated(row.name), step: plain.format(row.step), failed: plain.format(row.failed) })),
    table(t("reports.rising_faults"), report.rising_faults, {
      product: (row) => row.name,
      faults: (row) => plain.format(row.faults),
      earlier: (row) => plain.format(row.before),
      claims: (row) => plain.format(row.claims),
    }),
    table(t("reports.care_due"), report.care_due, {
      product: (row) => row.name,
      care: (row) => row.task,
      due_on: (row) => day(row.due_on),
      order: (row) => row.order,
      customer: (row) => row.customer,
      may_write: (row) => t(row.may_write ? "reports.yes" : "reports.no"),
    }),
  );
}

function showQuotas(report) {
  const kept = find("#kept");
  if (!kept) return;
  const teams = new Map([...find("#team").options].map((option) => [option.value, option.textContent]));
  kept.replaceChildren(table(t("reports.quotas_kept"), report.quotas, {
    month: (row) => row.month,
    team: (row) => teams.get(row.team) ?? row.team,
    amount: (row) => shown(row.amount, "money"),
  }));
}

async function show() {
  const query = `?${new URLSearchParams({ from: find("#from").value, to: find("#to").value })}`;
  const status = find("#compared");
  place.setAttribute("aria-busy", "true");
  try {
    const report = await call("GET", `/report${query}`);
    for (const draw of [showMeasures, showPictures, showTables, showNeeds, showQuotas]) draw(report);
    find("#as-csv").href = `/api/v1/desk/report.csv${query}`;
    find("#as-json").href = `/api/v1/desk/report${query}`;
    status.textContent = t("reports.compared", { from: day(report.before.from), to: day(report.before.to) });
    place.hidden = false;
  } catch (failed) {
    status.textContent = t(failed instanceof CallFailed && failed.status === 422 ? "reports.bad_period" : "error.network");
  }
  place.removeAttribute("aria-busy");
}

find("#period").addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
for (const button of document.querySelectorAll("#period button[value]")) {
  button.addEventListener("click", () => {
    const last = new Date(`${find("#to").defaultValue}T00:00:00Z`);
    find("#to").value = find("#to").defaultValue;
    last.setUTCDate(last.getUTCDate() - Number(button.value) + 1);
    find("#from").value = last.toISOString().slice(0, 10);
    show();
  });
}
find("#quota")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const amount = find("#amount").value;
  try {
    await call("PUT", `/quotas/${encodeURIComponent(find("#month").value)}/${encodeURIComponent(find("#team").value)}`, { amount: amount === "" ? null : Number(amount) });
    await show();
  } catch {
    find("#compared").textContent = t("reports.bad_quota");
  }
});
startMenu();
show();
