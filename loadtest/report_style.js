// The look of the page: the colours of highscores' own page, in light and dark.

export const STYLE = `
:root { color-scheme: light dark;
  --page: light-dark(#eef0eb, #08151b); --surface: light-dark(#fdfefb, #0e212a); --hero: light-dark(#0d2530, #11303f);
  --line: light-dark(#d5dbd4, #21404d); --ink: light-dark(#0d2530, #eef4ee); --soft: light-dark(#51656d, #9db4bb);
  --good: light-dark(#0a7264, #4fd8c3); --good-wash: light-dark(#d4f0e8, #10403f);
  --bad: light-dark(#b32c10, #ff8a6b); --bad-wash: light-dark(#fbe3da, #43201a); --cream: #fff8e7;
  --display: "Avenir Next Condensed", "Bahnschrift", "Roboto Condensed", "Arial Narrow", "DejaVu Sans Condensed", sans-serif; }
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
h1, h2, p, ul { margin: 0; padding: 0; }
header { display: flex; flex-wrap: wrap; gap: 16px; align-items: center; justify-content: space-between;
  padding: 24px max(20px, calc(50% - 560px)); background: var(--hero); color: var(--cream); }
header div { min-width: 0; overflow-wrap: anywhere; }
h1 { font: 700 30px/1.15 var(--display); }
.eyebrow { font: 700 13px/1.4 var(--display); letter-spacing: .08em; text-transform: uppercase; color: #f5b82e; }
.verdict { padding: 6px 18px; border-radius: 4px; font: 800 24px/1.2 var(--display); text-transform: uppercase; }
.verdict { background: #2fb8a6; color: #08151b; }
.verdict.bad { background: #f4492a; color: #fff; }
main, footer { max-width: 1160px; margin: 0 auto; padding: 20px; }
footer { padding-top: 0; color: var(--soft); font-size: 13px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; list-style: none; }
.tiles li, section { background: var(--surface); border: 1px solid var(--line); border-radius: 4px; }
.tiles li { padding: 12px 16px; color: var(--soft); font-size: 13px; line-height: 1.35; }
.tiles b { display: block; color: var(--ink); font: 700 28px/1.25 var(--display); font-variant-numeric: tabular-nums; }
section { margin-top: 16px; padding: 16px 20px 18px; }
h2 { margin-bottom: 10px; font: 700 18px/1.3 var(--display); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; font-weight: 400; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { padding-top: 0; color: var(--soft); font-size: 12.5px; white-space: nowrap; }
thead th:not(:first-child) { text-align: right; }
thead th:empty + th { text-align: left !important; }
tbody th { min-width: 190px; }
th code { display: block; color: var(--soft); font: 12px/1.4 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace; }
.number { text-align: right; white-space: nowrap; }
.number.bad { color: var(--bad); font-weight: 600; }
td:first-child { width: 1%; }
.mark { display: inline-block; min-width: 54px; padding: 1px 8px; border-radius: 3px; text-align: center; font-size: 12.5px;
  font-weight: 600; background: var(--good-wash); color: var(--good); }
.broken .mark { background: var(--bad-wash); color: var(--bad); }
.broken th, .broken td { color: var(--bad); }
.ledger { padding: 10px 14px; border-left: 4px solid; border-radius: 3px; font-size: 16px; }
.sound { background: var(--good-wash); border-color: var(--good); }
.unsound { background: var(--bad-wash); border-color: var(--bad); font-weight: 600; }
.note { margin-top: 10px; color: var(--soft); font-size: 13px; }
.pair { display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-start; }
.pair .scroll { flex: 1 1 420px; }
svg { display: block; max-width: 100%; }
.grid { stroke: var(--line); fill: none; }
.tail { stroke: var(--good); stroke-width: 3; opacity: .55; }
.body { stroke: var(--good); stroke-width: 9; }
.slowest { fill: var(--soft); }
.track { fill: var(--line); }
.within { fill: var(--good); }
.over { fill: var(--bad); }
.area { fill: var(--good-wash); }
.line { fill: none; stroke: var(--good); stroke-width: 2; }
.axis { stroke: var(--soft); fill: none; }
.load text { fill: var(--soft); font-size: 12px; }
`;
