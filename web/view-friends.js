// The visitor's friends on the board shown, in rank order; those without a score come last.
import { byId, el } from "./dom.js";
import { fit } from "./fit.js";
import { calledBriefly, count, lacking, score } from "./format.js";
import { friends, removeFriend } from "./friends.js";
import { href, toPlayer } from "./state.js";

/**
 * @param {Array|null} entries  null while their places are not known
 * @param {{place: number, score: number}|null} top  the last of the top places, if somebody stands below it
 */
export function showFriends(entries, top, board, state) {
  const ids = friends();
  byId("friends").hidden = ids.length === 0;
  byId("friends-empty").hidden = ids.length > 0;
  const placed = (entries ?? []).filter(({ player }) => ids.includes(player));
  const known = new Set(placed.map(({ player }) => player));
  const absent = ids.filter((id) => !known.has(id));
  const body = byId("friend-rows");
  const focused = body.contains(document.activeElement) ? document.activeElement.closest("tr").dataset.player : null;
  body.replaceChildren(
    ...placed.map((entry) => friendRow(state, entry.player, entry.name, count(entry.rank), score(entry.score, board.unit), entry.rank, lackingOf(entry, top, board))),
    ...absent.map((id) => friendRow(state, id, null, entries ? "–" : "…", entries ? "no score" : "", null)),
  );
  fit(byId("friends"));
  if (focused) refocus(body, focused);
}

function lackingOf({ rank, score: own }, top, { unit, order }) {
  if (!top || rank <= top.place) return null;
  return lacking(Math.max(0, order === "desc" ? top.score - own : own - top.score), top.place, unit);
}

function friendRow(state, player, name, rank, points, number, distance = null) {
  const remove = el(
    "button",
    { type: "button", class: "clear", "aria-label": `Remove ${name ?? player}`, on: { click: () => removeFriend(player) } },
    "×",
  );
  return el(
    "tr",
    { data: { player, rank: number ?? "" }, class: player === state.player ? "me" : null },
    el("td", { class: "rank" }, rank),
    el(
      "th",
      { scope: "row", class: "player" },
      el("a", { href: href(toPlayer(state, player)), title: player }, calledBriefly({ name, player })),
      el("span", { class: "points" }, points),
      distance && el("p", { class: "lacking" }, distance),
    ),
    el("td", { class: "score" }, points),
    el("td", {}, remove),
  );
}

/** Rows are made anew on every answer; the keyboard's place in them is kept. */
function refocus(body, player) {
  const row = [...body.rows].find((candidate) => candidate.dataset.player === player);
  (row?.querySelector("button") ?? byId("friend-ids")).focus({ preventScroll: true });
}
