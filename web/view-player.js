// The card of the player that was looked for: place, percentile, and where else they stand.
import { byId, el } from "./dom.js";
import { calledBriefly, count, lacking, ordinal, percentile, score, subscoresOf } from "./format.js";
import { isFriend, toggleFriend } from "./friends.js";
import { pixelNumber } from "./pixel.js";
import { href, toBoard, toPlayer, toTop } from "./state.js";
import { timeElement } from "./times.js";

const MAX_METADATA = 4;
const MAX_ELSEWHERE = 6;

export function hideCard() {
  byId("player-card").hidden = true;
  byId("player-card").replaceChildren();
  delete byId("player-card").dataset.player;
}

function show(player, state, ...children) {
  const card = byId("player-card");
  card.hidden = false;
  card.dataset.player = player;
  const focused = card.contains(document.activeElement) ? document.activeElement.dataset.keep : null;
  const close = el("a", { class: "close", data: { keep: "close" }, href: href(toTop(state)), "aria-label": "Close, back to the top", title: "Back to the top" }, "×");
  card.replaceChildren(close, ...children);
  // The card is made anew on every answer; the keyboard's place in it is kept.
  [...card.querySelectorAll("[data-keep]")].find(({ dataset }) => dataset.keep === focused)?.focus({ preventScroll: true });
}

export function showMissing(player, state) {
  show(player, state, el("p", { class: "missing" }, el("strong", {}, player), " has no score here. This is the top of the table."));
  byId("player-card").dataset.missing = "true";
}

const fact = (name, ...value) => el("div", {}, el("dt", {}, name), el("dd", {}, ...value));

/** What a player below the top places lacks to the last of them. */
function lackingLine({ rank, targets: [{ gap }] }, place, unit) {
  return rank > place ? [el("p", { class: "lacking" }, lacking(gap, place, unit))] : [];
}

/**
 * @param {Object} standing  one standing with rank, total, percentile, and one target
 * @param {number} place  that target: the last of the top places
 * @param {Array} elsewhere  the same player's standings on other boards
 * @param {(board: string) => string} titleOf
 */
export function showCard(standing, place, board, state, elsewhere, titleOf) {
  const meter = el("span", { class: "meter", "aria-hidden": "true" }, el("span", {}));
  meter.firstElementChild.style.width = `${standing.percentile}%`;
  const rank = el(
    "p",
    { class: "card-rank", role: "img", "aria-label": `${ordinal(standing.rank)} of ${count(standing.total)}` },
    pixelNumber(standing.rank),
    el("span", {}, `of ${count(standing.total)}`),
  );
  const friend = isFriend(standing.player);
  const star = el(
    "button",
    { type: "button", class: "quiet", data: { keep: "star" }, "aria-pressed": String(friend), on: { click: () => toggleFriend(standing.player) } },
    friend ? "★ Friend" : "☆ Add friend",
  );
  show(
    standing.player,
    state,
    rank,
    el("div", { class: "card-name" }, el("h2", { title: standing.name ? null : standing.player }, calledBriefly(standing)), el("p", {}, el("code", {}, standing.player), star)),
    el(
      "dl",
      { class: "card-facts" },
      fact("Score", score(standing.score, board.unit)),
      ...subscoresOf(standing, board).map(([name, value]) => fact(name, count(value))),
      fact("Percentile", percentile(standing.percentile), meter),
      fact("Achieved", timeElement(standing.achieved_at)),
      ...metadataFacts(standing.metadata),
    ),
    ...lackingLine(standing, place, board.unit),
    ...elsewhereList(elsewhere, state, titleOf),
  );
  delete byId("player-card").dataset.missing;
}

/** The first plain values of a game's own metadata. */
function metadataFacts(metadata) {
  return Object.entries(metadata ?? {})
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .slice(0, MAX_METADATA)
    .map(([name, value]) => fact(name, String(value)));
}

function elsewhereList(standings, state, titleOf) {
  if (!standings.length) return [];
  const items = standings.slice(0, MAX_ELSEWHERE).map(({ board, player, rank }) =>
    el(
      "li",
      {},
      el("a", { data: { keep: board }, href: href(toPlayer(toBoard(state, board), player)) }, titleOf(board)),
      rank ? ` ${ordinal(rank)}` : "",
    ),
  );
  return [el("ul", { class: "elsewhere", "aria-label": "On other boards" }, ...items)];
}
