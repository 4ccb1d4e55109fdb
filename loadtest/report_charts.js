// Small drawings, inline: only numbers go into them, so nothing needs escaping.

const WIDTH = 220;
const HEIGHT = 18;
const FASTEST_MS = 0.5;

const LOAD_WIDTH = 320;
const LOAD_HEIGHT = 110;
const LOAD_MARGIN = 22;

/** p50, p95, p99 and the slowest of one row, on a logarithmic scale that all rows share. */
export function renderBars({ p50, p95, p99, max }, slowest) {
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(slowest, 1) / FASTEST_MS)));
  const x = (ms) => round((Math.log10(Math.max(ms, FASTEST_MS) / FASTEST_MS) / decades) * (WIDTH - 8) + 4);
  const lines = Array.from({ length: decades }, (_, index) => 10 ** index)
    .filter((ms) => ms > FASTEST_MS)
    .map((ms) => `<path class="grid" d="M${x(ms)} 0V${HEIGHT}"/>`);
  return `<svg class="bars" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">
${lines.join("")}<path class="tail" d="M${x(p50)} 9H${x(p99)}"/><path class="body" d="M${x(p50)} 9H${round(x(p95) + 1)}"/>
<circle class="slowest" cx="${x(max)}" cy="9" r="2.5"/></svg>`;
}

/** How much of a limit is used up; what is over it is drawn full. */
export function renderMargin(value, limit) {
  const share = limit > 0 ? Math.min(value / limit, 1) : 1;
  const kind = value > limit ? "over" : "within";
  return `<svg viewBox="0 0 120 10" width="120" height="10" aria-hidden="true"><rect class="track" width="120" height="10" rx="2"/>
<rect class="${kind}" width="${round(Math.max(share * 120, 2))}" height="10" rx="2"/></svg>`;
}

/** The rate of arrivals over time, as a multiple of the rates asked for. */
export function renderLoad(stages) {
  const total = stages.reduce((sum, { seconds }) => sum + seconds, 0) || 1;
  const highest = Math.max(...stages.map(({ factor }) => factor), 1);
  const x = (seconds) => round(LOAD_MARGIN + (seconds / total) * (LOAD_WIDTH - 2 * LOAD_MARGIN));
  const y = (factor) => round(LOAD_HEIGHT - LOAD_MARGIN - (factor / highest) * (LOAD_HEIGHT - 2 * LOAD_MARGIN));
  let at = 0;
  const corners = stages.map(({ factor, seconds }) => `L${x((at += seconds))} ${y(factor)}`);
  const line = `M${x(0)} ${y(0)}${corners.join("")}`;
  return `<svg class="load" viewBox="0 0 ${LOAD_WIDTH} ${LOAD_HEIGHT}" width="${LOAD_WIDTH}" height="${LOAD_HEIGHT}" role="img"
aria-label="the rate of arrivals over time"><path class="area" d="${line}L${x(total)} ${y(0)}Z"/><path class="line" d="${line}"/>
<path class="axis" d="M${x(0)} ${y(0)}H${x(total)}"/>
<text x="${x(0)}" y="${y(highest) - 6}">${highest} ×</text>
<text x="${x(total)}" y="${LOAD_HEIGHT - 6}" text-anchor="end">${Math.round(total)} s</text></svg>`;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
