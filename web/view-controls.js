// Which part of the board is shown: period and region.
import { byId, el } from "./dom.js";
import { kindName, periodName, plural } from "./format.js";
import { href, toPeriod } from "./state.js";

const MAX_SUGGESTIONS = 200;

export function showPeriods(board, state) {
  const chosen = state.period ?? board.periods[0];
  const links = board.periods.map((kind) => {
    const current = chosen === kind || chosen === board.current?.[kind];
    return el(
      "a",
      { href: href(toPeriod(state, kind)), "aria-current": current ? "true" : null, data: { periodKind: kind } },
      kindName(kind),
    );
  });
  byId("periods").replaceChildren(...links);
}

/** Periods that are over, grouped by kind, newest first as they come. */
export function showPastPeriods(board, periods, state, hasMore) {
  const current = new Set(Object.values(board.current ?? {}));
  const past = periods.filter(({ id }) => !current.has(id));
  const chosen = past.some(({ id }) => id === state.period) ? state.period : "";
  const option = (id, text) => el("option", { value: id, selected: id === chosen }, text);
  const groups = board.periods
    .map((kind) => [kind, past.filter((period) => period.kind === kind)])
    .filter(([, members]) => members.length)
    .map(([kind, members]) =>
      el(
        "optgroup",
        { label: { day: "Days", week: "Weeks", month: "Months" }[kind] ?? kind },
        ...members.map(({ id, players }) => option(id, `${periodName(id)} (${plural(players, "player")})`)),
      ),
    );
  byId("past-period").replaceChildren(option("", "Past periods"), ...groups);
  byId("past-control").hidden = groups.length === 0;
  byId("past-control").dataset.chosen = String(chosen !== "");
  byId("older-periods").hidden = !hasMore;
}

export function showRegion(board, state, seen) {
  byId("region-form").hidden = !board.regions;
  const input = byId("region");
  if (document.activeElement !== input) input.value = state.region?.toUpperCase() ?? "";
  byId("region-clear").hidden = !state.region;
  suggestRegions(seen);
}

export function suggestRegions(seen) {
  const options = [...seen].sort().slice(0, MAX_SUGGESTIONS).map((region) => el("option", { value: region.toUpperCase() }));
  byId("region-suggestions").replaceChildren(...options);
}

/** @param {Map<string, string>} seen  player id → name */
export function suggestPlayers(seen) {
  const options = [...seen].slice(-MAX_SUGGESTIONS).map(([player, name]) => el("option", { value: player }, name));
  byId("player-suggestions").replaceChildren(...options);
}
