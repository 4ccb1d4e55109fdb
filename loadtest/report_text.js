// The report for a terminal or a log.

import { demand, integer, ledgerSentence, milliseconds, percentage, quantity, rate, seconds } from "./report_format.js";

export function renderText(report) {
  return [
    "",
    `highscores load test: ${report.verdict.toUpperCase()}`,
    `run ${report.run} on ${report.target}, ${seconds(report.seconds)} from ${report.startedAt}`,
    "",
    ...requestLines(report),
    "",
    ledgerSentence(report.ledger),
    ...failureLines(report),
    "",
    ...thresholdLines(report),
    "",
    "",
  ].join("\n");
}

function requestLines({ requests, felt }) {
  const header = ["", "count", "per s", "failed", "p50", "p95", "p99", "max"];
  const times = (row) => [row.p50, row.p95, row.p99, row.max].map(milliseconds);
  const sent = requests
    .filter((row) => row.count)
    .map((row) => [
      row.label,
      integer(row.count),
      rate(row.perSecond),
      percentage(row.failed / row.count),
      ...times(row),
    ]);
  const waited = felt.filter((row) => row.count).map((row) => [row.label, integer(row.count), "", "", ...times(row)]);
  return table([header, ...sent, ...waited]);
}

function failureLines({ failures, counts, checks }) {
  return [
    `${integer(counts.retried)} requests were sent again, ${integer(counts.replayed)} twice on purpose; ` +
      `${integer(counts.dropped)} arrivals found no free user; at most ${integer(counts.usersMax)} users.`,
    ...failures.map(({ label, count }) => `failed: ${integer(count)} x ${label}`),
    ...checks.filter(({ fails }) => fails > 0).map(({ name, fails }) => `wrong: ${integer(fails)} x not so: ${name}`),
  ];
}

function thresholdLines({ thresholds }) {
  return table(
    thresholds.map((threshold) => [
      `${threshold.passed ? "ok    " : "FAILED"}  ${threshold.meaning}`,
      quantity(threshold.value, threshold.unit),
      `(${demand(threshold)})`,
    ]),
  );
}

/** Columns as wide as they must be: the first to the left, the others to the right. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  "),
  );
}
