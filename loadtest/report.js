// What a run amounts to, as plain data: report_text.js and report_html.js only show it, summary.json is it.

import { MEASURED } from "./kinds.js";
import { goals } from "./plan.js";
import { plannedSeconds } from "./settings.js";

const FAILURES = [
  ["failures_unanswered", "no answer: refused, reset or timed out"],
  ["failures_503", "503: the service could not take it just then"],
  ["failures_5xx", "another 5xx, or the ingress failed"],
  ["failures_429", "429: above the rate limit of the key"],
  ["failures_4xx", "another answer that was not expected"],
];

/** Return the report; null when the load never began. */
export function summarize(data, settings) {
  const run = data.setup_data;
  if (!run?.boards) return null;
  const values = (metric) => data.metrics[metric]?.values ?? {};
  const count = (metric) => values(metric).count ?? 0;
  const planned = plannedSeconds(settings);
  const seconds = Math.min(planned, data.state.testRunDurationMs / 1000);
  const thresholds = readThresholds(data, settings);
  const passed = thresholds.every((threshold) => threshold.passed);
  const checks = values("checks");
  return {
    run: run.run,
    target: settings.baseUrl,
    startedAt: run.startedAt,
    // A run that was stopped early has shown nothing, even if nothing went wrong until then.
    verdict: !passed ? "failed" : seconds < planned ? "stopped early" : "passed",
    seconds,
    stages: settings.stages,
    wanted: {
      scores: settings.scoresRate,
      batches: settings.batchesRate,
      batchSize: settings.batchSize,
      reads: settings.readsRate,
      jobs: settings.jobsRate,
      visible: settings.visibleRate,
      boards: settings.boards,
      players: settings.players,
    },
    thresholds,
    requests: MEASURED.map(([kind, { label, group }]) => {
      const trend = values(`time_${kind}`);
      const failed = values(`failed_${kind}`);
      const sent = (failed.passes ?? 0) + (failed.fails ?? 0);
      return { kind, label, group, ...durations(trend), count: sent, perSecond: sent / seconds, failed: failed.passes ?? 0 };
    }),
    felt: [
      { label: "from a 202 to the end of its job", ...durations(values("time_to_done")) },
      { label: "from a 202 to the score in the standings", ...durations(values("time_to_visible")) },
    ],
    ledger: {
      accepted: count("scores_accepted"),
      unknown: count("scores_unknown"),
      applied: count("scores_applied"),
      perSecond: count("scores_accepted_in_load") / seconds,
    },
    counts: {
      retried: count("requests_retried"),
      replayed: count("requests_replayed"),
      notModified: count("pages_not_modified"),
      dropped: count("dropped_iterations"),
      checksPassed: checks.passes ?? 0,
      checksFailed: checks.fails ?? 0,
      usersMax: values("vus_max").max ?? 0,
    },
    checks: (data.root_group?.checks ?? []).map(({ name, passes, fails }) => ({ name, passes, fails })),
    failures: FAILURES.map(([metric, label]) => ({ label, count: count(metric) })).filter((failure) => failure.count > 0),
  };
}

function readThresholds(data, settings) {
  return goals(settings).map(([name, expression, meaning]) => {
    const metric = data.metrics[name];
    const [key, , limit] = /^(.+?)(<=|>=|<|>)(.+)$/.exec(expression).slice(1);
    return {
      metric: name,
      expression,
      meaning,
      value: metric?.values[key] ?? 0,
      limit: Number(limit),
      unit: metric?.contains === "time" ? "ms" : key === "rate" ? "share" : "count",
      passed: metric?.thresholds?.[expression]?.ok ?? false,
    };
  });
}

function durations(trend) {
  return {
    count: trend.count ?? 0,
    p50: trend.med ?? 0,
    p95: trend["p(95)"] ?? 0,
    p99: trend["p(99)"] ?? 0,
    max: trend.max ?? 0,
  };
}
