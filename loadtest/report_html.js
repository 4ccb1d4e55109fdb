// The report as one page that needs nothing else: no script, no font, no other file.

import { renderBars, renderLoad, renderMargin } from "./report_charts.js";
import { demand, integer, ledgerSentence, milliseconds, percentage, quantity, rate, seconds } from "./report_format.js";
import { STYLE } from "./report_style.js";

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escape(text) {
  return String(text).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

export function renderHtml(report) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load test ${report.verdict}: ${escape(report.run)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<div><p class="eyebrow">highscores load test</p><h1>${escape(report.run)}</h1>
<p>${escape(report.target)} · ${escape(report.startedAt)} · ${seconds(report.seconds)} of load</p></div>
<p class="verdict${report.verdict === "passed" ? "" : " bad"}">${report.verdict}</p>
</header>
<main>
${tiles(report)}
${section("Every score counts once", ledger(report.ledger))}
${section("What must hold", thresholds(report.thresholds))}
${section("How long it took", times(report))}
${section("What was asked of it", wanted(report))}
${section("What was checked", checks(report))}
</main>
<footer>Rates are over the ${seconds(report.seconds)} of load. Durations are from the first byte sent to the last byte received;
requests that timed out are in them, refused connections are not.</footer>
</body>
</html>`;
}

function section(title, content) {
  return `<section><h2>${escape(title)}</h2>${content}</section>`;
}

function tiles({ requests, felt, ledger, counts }) {
  const reads = requests.filter(({ group }) => group === "read");
  const failed = requests.reduce((sum, row) => sum + row.failed, 0);
  const sent = requests.reduce((sum, row) => sum + row.count, 0);
  const shown = [
    [rate(ledger.perSecond), "scores accepted per second"],
    [rate(reads.reduce((sum, row) => sum + row.perSecond, 0)), "reads per second"],
    [felt[1].count ? milliseconds(felt[1].p99) : "–", "p99 until a score is visible"],
    [sent ? percentage(failed / sent) : "–", "of the measured requests failed"],
    [integer(counts.dropped), "arrivals found no free user"],
  ];
  return `<ul class="tiles">${shown.map(([value, label]) => `<li><b>${value}</b>${label}</li>`).join("")}</ul>`;
}

function ledger(counts) {
  const { accepted, unknown, applied } = counts;
  const isSound = accepted <= applied && applied <= accepted + unknown;
  return `<p class="ledger ${isSound ? "sound" : "unsound"}">${escape(ledgerSentence(counts))}</p>`;
}

function thresholds(rows) {
  const cells = rows.map(
    (row) => `<tr class="${row.passed ? "" : "broken"}"><td><span class="mark">${row.passed ? "ok" : "failed"}</span></td>
<th scope="row">${escape(row.meaning)}<code>${escape(row.metric)} ${escape(row.expression)}</code></th>
<td class="number">${quantity(row.value, row.unit)}</td><td class="number">${escape(demand(row))}</td>
<td>${row.unit === "ms" ? renderMargin(row.value, row.limit) : ""}</td></tr>`,
  );
  return table(["", "goal", "measured", "wanted", "share of the limit"], cells);
}

function times({ requests, felt }) {
  const rows = [...requests, ...felt].filter((row) => row.count > 0);
  const slowest = Math.max(...rows.map((row) => row.max));
  const cells = rows.map(
    (row) => `<tr><th scope="row">${escape(row.label)}</th><td class="number">${integer(row.count)}</td>
<td class="number">${row.perSecond === undefined ? "" : rate(row.perSecond)}</td>
<td class="number${row.failed ? " bad" : ""}">${row.failed === undefined ? "" : percentage(row.failed / row.count)}</td>
${["p50", "p95", "p99", "max"].map((key) => `<td class="number">${milliseconds(row[key])}</td>`).join("")}
<td>${renderBars(row, slowest)}</td></tr>`,
  );
  const legend = `<p class="note">The bars have a logarithmic scale with lines at 1, 10, 100 ms and so on: thick from p50 to p95, thin to p99, a dot at the slowest.</p>`;
  return table(["", "count", "per s", "failed", "p50", "p95", "p99", "max", ""], cells) + legend;
}

function wanted({ wanted: asked, stages, counts }) {
  const rows = [
    ["single scores", asked.scores],
    [`batches of ${integer(asked.batchSize)}`, asked.batches],
    ["reads", asked.reads],
    ["scores or lists of ten, followed to the end of their jobs", asked.jobs],
    ["scores of newcomers, looked for in the standings", asked.visible],
  ];
  const cells = rows.map(
    ([label, perSecond]) => `<tr><th scope="row">${label}</th><td class="number">${rate(perSecond)}</td></tr>`,
  );
  const note =
    `On ${integer(asked.boards)} boards of ${integer(asked.players)} players, with at most ${integer(counts.usersMax)} users. ` +
    `Arrivals don't wait for answers: a service that is late has more of them open at once.`;
  return `<div class="pair">${table(["arrivals", "per s, at full rate"], cells)}${renderLoad(stages)}</div><p class="note">${note}</p>`;
}

function checks({ checks: rows, failures, counts }) {
  const checked = rows.map(
    ({ name, passes, fails }) => `<tr class="${fails ? "broken" : ""}"><td><span class="mark">${fails ? "failed" : "ok"}</span></td>
<th scope="row">${escape(name)}</th><td class="number">${integer(passes)}</td><td class="number">${integer(fails)}</td></tr>`,
  );
  const failed = failures.map(
    ({ label, count }) => `<tr class="broken"><td><span class="mark">failed</span></td>
<th scope="row">${escape(label)}</th><td></td><td class="number">${integer(count)}</td></tr>`,
  );
  const note =
    `${integer(counts.notModified)} pages were not modified since the user had seen them (304). ` +
    `${integer(counts.retried)} requests were sent again with their key, ${integer(counts.replayed)} twice on purpose.`;
  return `${table(["", "", "so", "not so"], [...checked, ...failed])}<p class="note">${note}</p>`;
}

function table(headings, rows) {
  const head = headings.map((heading) => `<th scope="col">${escape(heading)}</th>`).join("");
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}
