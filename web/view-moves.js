// The last place changes, newest first, and one spoken summary of them now and then.
import { byId, el } from "./dom.js";
import { calledBriefly, count, ordinal, plural } from "./format.js";

const MAX_MOVES = 12;
const SPOKEN_EVERY_MS = 10_000; // a busy board must not talk without end

const SIGNS = { up: "▲", down: "▼", new: "+" };
let spokenAt = 0;

export function clearMoves() {
  byId("moves").replaceChildren();
  byId("moves-empty").hidden = false;
}

/** Climbers and newcomers make the news; whoever they pushed down is seen in the table. */
function news(changes) {
  return [...changes.values()].filter(({ kind }) => kind === "up" || kind === "new").sort((a, b) => a.entry.rank - b.entry.rank);
}

export function addMoves(changes) {
  const list = byId("moves");
  for (const { kind, places, entry } of news(changes).reverse()) {
    list.prepend(
      el(
        "li",
        { data: { move: kind, player: entry.player } },
        el("span", { class: "badge", data: { move: kind } }, `${SIGNS[kind]}${places ? count(places) : ""}`),
        el("span", { class: "who", title: entry.name ?? entry.player }, calledBriefly(entry)),
        el("span", { class: "to" }, ordinal(entry.rank)),
      ),
    );
  }
  while (list.children.length > MAX_MOVES) list.lastElementChild.remove();
  byId("moves-empty").hidden = list.children.length > 0;
}

/** What to announce of these changes, or null when there is nothing, or it is too soon to speak again. */
export function summary(changes, now = Date.now()) {
  const [first, ...others] = news(changes);
  if (!first || now - spokenAt < SPOKEN_EVERY_MS) return null;
  spokenAt = now;
  const more = others.length ? `, and ${plural(others.length, "more change")}` : "";
  return `${calledBriefly(first.entry)} is now ${ordinal(first.entry.rank)}${more}.`;
}
