// The live board: asked for again every few seconds while it is looked at.

import { call } from "./api.js";
import { setServerTime, startClock } from "./clock.js";
import { title } from "./names.js";
import { element } from "./parts.js";
import { startMenu } from "./menu.js";
import { labelCells } from "./tables.js";
import { duration, number, t } from "./words.js";

const EVERY = 3000;
const find = (selector) => document.querySelector(selector);

function figure(label, value, alarming) {
  const node = element("div", undefined, alarming ? "figure alarm" : "figure");
  const shown = value instanceof Node ? value : document.createElement("dd");
  if (shown !== value) shown.textContent = value;
  node.append(element("dt", t(label)), shown);
  return node;
}

const seconds = (value) => (value === null ? "–" : duration(value));

function clockOf(since) {
  const place = document.createElement("dd");
  if (!since) place.textContent = "–";
  else {
    const clock = document.createElement("time");
    startClock(clock, since);
    place.append(clock);
  }
  return place;
}

function tile(team) {
  const node = element("section", undefined, "tile");
  const heading = element("h2", team.name);
  heading.append(" ", element("span", t(team.is_open ? "board.is_open" : "board.is_closed"), "badge"));
  const figures = document.createElement("dl");
  figures.append(
    figure("board.waiting", number(team.waiting), team.breaching > 0),
    figure("board.longest", clockOf(team.longest_wait_since), team.breaching > 0),
    figure("board.breaching", number(team.breaching), team.breaching > 0),
    figure("board.open", number(team.open)),
    figure("board.scheduled", number(team.scheduled)),
    figure("board.handled", number(team.handled_today)),
    figure("board.breaches", number(team.breaches_today)),
    figure("board.wait", seconds(team.average_wait_seconds)),
    figure("board.handling", seconds(team.average_handling_seconds)),
  );
  node.append(heading, figures);
  return node;
}

function row(...cells) {
  const node = document.createElement("tr");
  node.append(...cells.map((cell) => {
    const holder = document.createElement("td");
    holder.append(cell);
    return holder;
  }));
  return node;
}

function agentRow(agent) {
  const presence = element("span", t(`presence.${agent.presence}`), "presence-dot");
  presence.dataset.presence = agent.presence;
  const load = t("board.load_of", { load: number(agent.load), capacity: number(agent.capacity) });
  return row(element("bdi", agent.name), presence, load, element("span", agent.teams.join(t("summary.comma")) || t("board.every_team")));
}

function conversationRow(entry) {
  const link = element("a", title(entry));
  link.href = `/desk/conversations/${encodeURIComponent(entry.conversation_id)}`;
  const clock = document.createElement("time");
  startClock(clock, entry.waiting_since ?? entry.accepted_at);
  const state = entry.place === "waiting" && entry.owner === "queue" ? t("lists.waiting") : t("row.with", { name: entry.agent_name ?? "" });
  return row(link, element("span", state), clock, element("span", entry.team?.name ?? ""));
}

async function look() {
  if (document.hidden) return;
  try {
    const [board, { conversations }] = await Promise.all([call("GET", "/board"), call("GET", "/conversations?view=all")]);
    setServerTime(board.now);
    find("#teams").replaceChildren(...board.teams.map(tile));
    find("#agents").replaceChildren(...board.agents.map(agentRow));
    if (!find("#conversations").contains(document.activeElement)) {
      find("#conversations").replaceChildren(...conversations.filter((entry) => entry.waiting_since || entry.accepted_at).map(conversationRow));
    }
    document.querySelectorAll("table.stack").forEach(labelCells);
    find("#board-state").textContent = "";
  } catch {
    find("#board-state").textContent = t("error.network");
  }
}

startMenu();
look();
setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
