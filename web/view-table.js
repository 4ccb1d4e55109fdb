// The standings table. Rows are kept by player, so that a moved row can be seen moving.
import { byId, el, spoken } from "./dom.js";
import { fit } from "./fit.js";
import { briefId, calledBriefly, count, periodName, plural, score, scoreHeading, subscoresOf } from "./format.js";
import { isFriend, toggleFriend } from "./friends.js";
import { medal } from "./pixel.js";
import { href, toPlayer, toRegion } from "./state.js";
import { timeElement } from "./times.js";

const LAST_MEDAL = 3;
const BADGE_MS = 8_000;
const MOVE_MS = 650;
const MOVE_EASING = "cubic-bezier(.2, .9, .25, 1)";
const SKELETON_ROWS = 10;

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const rows = new Map(); // player → tr

export function showSkeleton() {
  rows.clear();
  const bone = (name) => el("td", { class: name }, el("span", { class: "bone" }));
  const line = () => el("tr", { class: "skeleton", "aria-hidden": "true" }, ...["rank", "move", "player", "region", "score", "when", "friend"].map(bone));
  byId("rows").replaceChildren(...Array.from({ length: SKELETON_ROWS }, line));
  setBusy();
  byId("table").hidden = false;
  fit(byId("table"));
}

export function setBusy() {
  byId("table").setAttribute("aria-busy", "true");
}

export function hideTable() {
  rows.clear();
  byId("rows").replaceChildren();
  byId("table").hidden = true;
  byId("table").removeAttribute("aria-busy");
}

/** "Ranks 26 to 50 of 1,234", for the status line and the caption. */
export function describe(page) {
  if (!page.entries.length) return "No entries";
  const first = page.entries[0].rank;
  const last = page.entries.at(-1).rank;
  const span = first === last ? `Rank ${count(first)}` : `Ranks ${count(first)} to ${count(last)}`;
  return `${span} of ${count(page.total)}${page.recomputing ? " · being recomputed" : ""}`;
}

/**
 * @param {Map|null} changes  since the answer shown before, by player; null when this is another view
 */
export function showTable(page, board, state, changes) {
  const table = byId("table");
  table.hidden = false;
  table.removeAttribute("aria-busy");
  table.dataset.regions = String(board.regions);
  byId("score-heading").textContent = scoreHeading(board.unit);
  showSubscores(byId("score-heading"), board.subscores.map(({ name }) => el("th", { scope: "col", class: "subscore" }, name)));
  byId("caption").textContent = `${board.title}, ${periodName(page.period.id)}${page.region ? `, ${page.region.toUpperCase()}` : ""}: ${describe(page)}`;
  if (changes === null) rows.clear();
  const focused = byId("rows").contains(document.activeElement) ? document.activeElement : null;
  const places = changes && !calm.matches ? measure() : null;
  const kept = new Set(page.entries.map(({ player }) => player));
  for (const player of rows.keys()) if (!kept.has(player)) rows.delete(player);
  byId("rows").replaceChildren(...page.entries.map((entry) => updatedRow(entry, board, state, changes?.get(entry.player))));
  fit(table);
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  if (places) animate(places);
}

/** Put the cells of the sub-scores behind that of the score, instead of those that are there. */
function showSubscores(cell, subscores) {
  for (const old of [...cell.parentElement.querySelectorAll(".subscore")]) old.remove();
  cell.after(...subscores);
}

function measure() {
  return new Map([...rows.values()].map((row) => [row, row.getBoundingClientRect().top]));
}

function animate(places) {
  for (const row of rows.values()) {
    const before = places.get(row);
    const shift = before === undefined ? 0 : before - row.getBoundingClientRect().top;
    const from = before === undefined ? { transform: "translateX(-24px)", opacity: 0 } : { transform: `translateY(${shift}px)` };
    if (before === undefined || shift) row.animate([from, { transform: "none" }], { duration: MOVE_MS, easing: MOVE_EASING });
  }
}

/** The player's row with the entry in it. A badge that is still up stays in its place. */
function updatedRow(entry, board, state, change) {
  const row = rows.get(entry.player) ?? newRow(entry.player);
  row.dataset.rank = entry.rank;
  row.dataset.player = entry.player;
  row.classList.toggle("podium", entry.rank <= LAST_MEDAL);
  row.classList.toggle("me", entry.player === state.player);
  if (entry.player === state.player) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
  const [rank, move, player, region, points] = row.cells;
  const [when, friend] = [...row.cells].slice(-2);
  rank.replaceChildren(...rankCell(entry.rank));
  if (change) mark(row, move, change);
  setPlayer(player, entry, board, state);
  region.replaceChildren(...(entry.region ? [regionLink(entry.region, state)] : []));
  points.replaceChildren(score(entry.score, board.unit));
  showSubscores(points, entry.subscores.map((value) => el("td", { class: "subscore" }, count(value))));
  when.replaceChildren(timeElement(entry.achieved_at));
  setStar(friend.firstElementChild, entry);
  return row;
}

function newRow(player) {
  const star = el("button", { type: "button", class: "star", on: { click: () => toggleFriend(player) } }, el("span", { "aria-hidden": "true" }));
  const row = el(
    "tr",
    {},
    el("td", { class: "rank" }),
    el("td", { class: "move" }),
    el("th", { scope: "row", class: "player" }, el("a", {}), el("span", { class: "id" }), el("span", { class: "points" }), el("span", { class: "under" })),
    el("td", { class: "region" }),
    el("td", { class: "score" }),
    el("td", { class: "when" }),
    el("td", { class: "friend" }, star),
  );
  rows.set(player, row);
  return row;
}

function rankCell(rank) {
  if (rank > LAST_MEDAL) return [count(rank)];
  const picture = medal(rank);
  picture.classList.add(`medal-${rank}`);
  return [picture, spoken(String(rank))];
}

function setPlayer(cell, entry, board, state) {
  const [link, id, points, under] = cell.children;
  link.textContent = calledBriefly(entry);
  link.title = entry.player;
  link.classList.toggle("shortened", !entry.name && link.textContent !== entry.player);
  link.href = href(toPlayer(state, entry.player));
  id.textContent = entry.name ? briefId(entry.player) : "";
  id.title = entry.player;
  // Where the other columns have no room, what they say stands under the name.
  points.textContent = score(entry.score, board.unit);
  const region = entry.region && !state.region ? [entry.region.toUpperCase(), " · "] : [];
  const subscores = subscoresOf(entry, board).flatMap(([name, value]) => [`${name} `, el("span", { class: "whole" }, count(value)), " · "]);
  under.replaceChildren(...region, ...subscores, timeElement(entry.achieved_at, { brief: true }));
}

function regionLink(region, state) {
  return el("a", { href: href(toRegion(state, region)), title: `Only ${region.toUpperCase()}` }, region.toUpperCase());
}

function setStar(button, { player, name }) {
  const friend = isFriend(player);
  button.setAttribute("aria-pressed", String(friend));
  button.setAttribute("aria-label", `Friend: ${name ?? player}`);
  button.title = friend ? "Remove from my friends" : "Add to my friends";
  button.firstElementChild.textContent = friend ? "★" : "☆";
}

export function refreshStars(entries) {
  for (const entry of entries) {
    const row = rows.get(entry.player);
    if (row) setStar(row.querySelector(".star"), entry);
  }
}

const BADGES = {
  up: ({ places }) => [`▲${places}`, `up ${plural(places, "place")}`],
  down: ({ places }) => [`▼${places}`, `down ${plural(places, "place")}`],
  new: () => ["new", "new on this page"],
  score: () => ["●", "score changed"],
};

function mark(row, cell, change) {
  const [sign, words] = BADGES[change.kind](change);
  const badge = el("span", { class: "badge", title: words, data: { move: change.kind } }, el("span", { "aria-hidden": "true" }, sign), spoken(words));
  cell.replaceChildren(badge);
  row.dataset.moved = change.kind;
  setTimeout(() => {
    if (!cell.contains(badge)) return; // a newer one took its place
    badge.remove();
    delete row.dataset.moved;
  }, BADGE_MS);
}
