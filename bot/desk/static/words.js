// The page's words in the agent's language, handed over by the server, and numbers and times to match.

const phrases = JSON.parse(document.body.dataset.words);
const language = document.documentElement.lang;
const locale = language === "ar" ? "ar-u-nu-arab" : language;
const numbers = new Intl.NumberFormat(locale, { useGrouping: false });
const twoDigits = new Intl.NumberFormat(locale, { useGrouping: false, minimumIntegerDigits: 2 });
const hours = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const days = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

const calendar = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** A day written as 2026-05-31. */
export const day = (written) => calendar.format(new Date(`${written}T00:00:00Z`));

/** The phrase of a name, with {placeholders} filled in. */
export function t(name, values = {}) {
  return phrases[name].replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

/** The phrase for a code; one nobody gave words to (a shop's own) is shown as it is, made readable. */
export function named(group, code) {
  const phrase = phrases[`${group}.${code}`] ?? (group === "reason" ? phrases[`topic.${code}`] : undefined);
  return phrase ?? String(code).replaceAll("_", " ");
}

export const number = (value) => numbers.format(value);

/** Seconds as 0:42, 12:05 or 1:02:05. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60) % 60;
  const start = whole < 3600 ? numbers.format(minutes) : `${numbers.format(Math.floor(whole / 3600))}:${twoDigits.format(minutes)}`;
  return `${start}:${twoDigits.format(whole % 60)}`;
}

/** A moment as the time of day, with the date when it is not today. */
export function moment(written) {
  const time = new Date(written);
  return (time.toDateString() === new Date().toDateString() ? hours : days).format(time);
}
