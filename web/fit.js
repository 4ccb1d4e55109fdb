// How much of a table has room beside each other. What has none stands under the player's name instead: first the region,
// the sub-scores and the time, then the score too. Style sheets read which by `data-layout`.

const LAYOUTS = ["wide", "narrow", "stacked"];
const PLAYER_MIN_PX = { wide: 130, narrow: 90, stacked: 0 };

/** Give the table the first layout in which nothing is cut off and the names have room. */
export function fit(table) {
  for (const layout of LAYOUTS) {
    table.dataset.layout = layout;
    if (table.offsetWidth <= table.parentElement.clientWidth && playerWidth(table) >= PLAYER_MIN_PX[layout]) return;
  }
}

const playerWidth = (table) => table.querySelector("tbody .player")?.offsetWidth ?? Infinity;

/** Fit the table again whenever the room for it changes. */
export function keepFitting(table) {
  let width = null;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width || table.hidden) return;
    width = contentRect.width;
    fit(table);
  }).observe(table.parentElement);
}
