// How values read: scores by unit, ranks, periods, times. Pure; everything is in English, as the page is.

const LANGUAGE = "en";
const MS_PER_S = 1000;
const MS_PER_MIN = 60 * MS_PER_S;
const MS_PER_H = 60 * MS_PER_MIN;
const JUST_NOW_MS = 10 * MS_PER_S;

const whole = new Intl.NumberFormat(LANGUAGE);
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
const briefly = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto", style: "narrow" });
const absolute = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "long" });
const ordinalRule = new Intl.PluralRules(LANGUAGE, { type: "ordinal" });
const dayName = new Intl.DateTimeFormat(LANGUAGE, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const monthName = new Intl.DateTimeFormat(LANGUAGE, { month: "long", year: "numeric", timeZone: "UTC" });

const ORDINAL_SUFFIX = { one: "st", two: "nd", few: "rd", other: "th" };
const KIND_NAMES = { all: "All time", day: "Today", week: "This week", month: "This month", season: "This season" };
const UNITS_BESIDE_NUMBER = { metres: "m", kilometres: "km", seconds: "s", percent: "%" };

export const count = (number) => whole.format(number);
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
export const ordinal = (number) => `${count(number)}${ORDINAL_SUFFIX[ordinalRule.select(number)]}`;

const ID_LONGEST = 18; // characters that are shown of an id whole
const ID_START = 8;
const ID_END = 6;

/** A long id by its ends; whoever shows it gives the whole one as its title. */
export const briefId = (id) => (id.length <= ID_LONGEST ? id : `${id.slice(0, ID_START)}…${id.slice(-ID_END)}`);

/** What a player is called where there is little room. */
export const calledBriefly = ({ name, player }) => name ?? briefId(player);

/** Milliseconds as m:ss.mmm, from an hour on as h:mm:ss.mmm. */
export function clock(milliseconds) {
  const sign = milliseconds < 0 ? "−" : "";
  const size = Math.abs(milliseconds);
  const hours = Math.floor(size / MS_PER_H);
  const minutes = Math.floor((size % MS_PER_H) / MS_PER_MIN);
  const seconds = String(Math.floor((size % MS_PER_MIN) / MS_PER_S)).padStart(2, "0");
  const rest = String(size % MS_PER_S).padStart(3, "0");
  const start = hours ? `${hours}:${String(minutes).padStart(2, "0")}` : String(minutes);
  return `${sign}${start}:${seconds}.${rest}`;
}

/** A score in its unit; points are the default and go without saying. */
export function score(value, unit) {
  if (unit === "milliseconds") return clock(value);
  if (unit === "points") return count(value);
  return `${count(value)} ${UNITS_BESIDE_NUMBER[unit] ?? unit}`;
}

/** A difference of two scores, with its unit: of points, too. */
const difference = (gap, unit) => (unit === "points" ? plural(gap, "point") : score(gap, unit));

/** What is lacking to a place: "12,340 points to the top 100". Of equals, sub-scores or time decide. */
export const lacking = (gap, place, unit) => (gap ? `${difference(gap, unit)} to the top ${count(place)}` : `Level with rank ${count(place)}`);

/** The sub-scores of a standing, each with its name. */
export const subscoresOf = (standing, board) => standing.subscores.map((value, index) => [board.subscores[index]?.name ?? "", value]);

/** What the score column is called. */
export function scoreHeading(unit) {
  if (unit === "milliseconds") return "Time";
  return unit.charAt(0).toUpperCase() + unit.slice(1);
}

export const percentile = (value) => `${(Math.floor(value * 10) / 10).toFixed(1)}%`;
export const kindName = (kind) => KIND_NAMES[kind] ?? kind;

/** A period's id as people say it: `2026-W48` is "Week 48, 2026". Unknown forms (seasons) stay as they are. */
export function periodName(id) {
  if (id === "all") return KIND_NAMES.all;
  const week = /^(\d{4})-W(\d{2})$/.exec(id);
  if (week) return `Week ${Number(week[2])}, ${week[1]}`;
  const [, year, month, day] = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/.exec(id) ?? [];
  if (!year) return id;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1)));
  return (day ? dayName : monthName).format(date);
}

export const absoluteTime = (iso) => absolute.format(new Date(iso));

const STEPS = [
  ["second", MS_PER_S, 60],
  ["minute", MS_PER_MIN, 60],
  ["hour", MS_PER_H, 24],
  ["day", 24 * MS_PER_H, 30],
  ["month", 30 * 24 * MS_PER_H, 12],
  ["year", 365 * 24 * MS_PER_H, Infinity],
];

/** "3 minutes ago", or briefly "3m ago". */
export function relativeTime(iso, { brief = false, now = Date.now() } = {}) {
  const distance = new Date(iso).getTime() - now;
  if (Math.abs(distance) < JUST_NOW_MS) return "just now";
  const [unit, length] = STEPS.find(([, length, most]) => Math.abs(distance) / length < most);
  return (brief ? briefly : relative).format(Math.trunc(distance / length), unit);
}
