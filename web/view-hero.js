// What the chosen board is, in large letters, and by which rules it ranks.
import { byId, el } from "./dom.js";
import { count } from "./format.js";
import { timeElement } from "./times.js";

function ruleOf({ operator, order, unit }) {
  const time = unit === "milliseconds";
  if (operator === "sum") return order === "desc" ? "Everything adds up: the most wins." : "Everything adds up: the least wins.";
  const winner = order === "desc" ? (time ? "The longest time wins" : "The highest score wins") : time ? "The fastest time wins" : "The lowest score wins";
  return operator === "best" ? `${winner}; your best one counts.` : `${winner}; your latest one counts.`;
}

/** Who is first of those with equal scores. */
function tiesOf({ subscores, ranks }) {
  const names = subscores.map(({ name, order }) => `${order === "desc" ? "more" : "less"} ${name}`);
  const decided = names.length ? ` Of equal ones: ${names.join(", then ")}.` : "";
  return ranks === "competition" ? `${decided} Equals share the better rank.` : decided;
}

function turnover({ periods, timezone }) {
  return periods.some((kind) => kind !== "all") ? ` Days turn at midnight, ${timezone.replaceAll("_", " ")}.` : "";
}

export function showHero(board) {
  byId("board-title").textContent = board.title;
  byId("board-rules").textContent = ruleOf(board) + tiesOf(board) + turnover(board);
  showFacts(board);
}

function showFacts(board) {
  const facts = [
    ["Players", count(board.players)],
    ["Submissions", count(board.submissions)],
    ["Last score", board.active_at ? timeElement(board.active_at) : "none yet"],
  ];
  byId("board-facts").replaceChildren(...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

export function blankHero(title) {
  byId("board-title").textContent = title;
  byId("board-rules").textContent = "\u00a0";
  byId("board-facts").replaceChildren();
}
