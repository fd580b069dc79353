// Pictures as SVG without a library: columns over days, bars, and hours of the week. Each says in words what it shows.

const SVG = "http://www.w3.org/2000/svg";
const mirrored = document.documentElement.dir === "rtl";

function shape(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Puts a piece of a picture where it belongs in the direction that is read: Arabic time runs from right to left. */
const along = (start, length, whole) => (mirrored ? whole - start - length : start);

/** Columns, the first at the side where reading begins. `said` describes the picture; `tell(place)` each column. */
export function columns(values, said, tell) {
  const most = Math.max(1, ...values);
  const step = 1000 / values.length;
  const bars = values.map((value, place) => {
    const height = value ? Math.max(1, (value / most) * 100) : 0;
    const bar = shape("rect", { class: "ink", x: along(place * step + step * 0.12, step * 0.76, 1000), y: 100 - height, width: step * 0.76, height });
    const title = shape("title", {});
    title.textContent = tell(place);
    bar.append(title);
    return bar;
  });
  const line = shape("line", { class: "line", x1: 0, x2: 1000, y1: 100, y2: 100 });
  return shape("svg", { class: "chart columns", viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": said }, line, ...bars);
}

/** One bar whose number stands beside it in words. */
export function bar(value, most) {
  const width = most ? (100 * value) / most : 0;
  return shape(
    "svg",
    { class: "chart", "aria-hidden": "true", viewBox: "0 0 100 4", preserveAspectRatio: "none" },
    shape("rect", { class: "base", width: 100, height: 4 }),
    shape("rect", { class: "ink", x: along(0, width, 100), width, height: 4 }),
  );
}

/** A field for each hour of a week, stronger where there is more. `counts` is keyed `weekday:hour`. */
export function hours(counts, said, tell) {
  const most = Math.max(1, ...counts.values());
  const fields = [];
  for (let weekday = 0; weekday < 7; weekday += 1) {
    for (let hour = 0; hour < 24; hour += 1) {
      const count = counts.get(`${weekday}:${hour}`) ?? 0;
      const level = count ? Math.max(1, Math.ceil((4 * count) / most)) : 0;
      const field = shape("rect", { class: `heat-${level}`, x: along(hour * 10 + 0.5, 9, 240), y: weekday * 10 + 0.5, width: 9, height: 9, rx: 1.5 });
      const title = shape("title", {});
      title.textContent = tell(weekday, hour, count);
      field.append(title);
      fields.push(field);
    }
  }
  return shape("svg", { class: "chart hours", viewBox: "0 0 240 70", preserveAspectRatio: "none", role: "img", "aria-label": said }, ...fields);
}
