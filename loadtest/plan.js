// From the settings to k6's options: when who arrives, and what must hold in the end.

import { ANSWER_TIMEOUT_S, JOB_WAIT_S, MEASURED } from "./kinds.js";
import { FOLLOW_S } from "./scenarios.js";
import { RETRY_AFTER_MAX_S } from "./submitting.js";

const PER_MINUTE = 60; // k6 takes whole numbers only, and a rate may be half a score a second
const SETUP_TIMEOUT_S = 300;
const HOPELESS_SHARE = 0.5;
const HOPELESS_AFTER = "15s";

// How long one arrival keeps its user busy, in seconds, when the service is at its slowest: it decides how many users k6
// holds ready. It makes up to SPARE times as many, but only one after the other: a sudden stall drops arrivals.
const SCENARIOS = [
  { name: "scores", exec: "scores", rate: "scoresRate", busyS: 0.5 },
  { name: "batches", exec: "batches", rate: "batchesRate", busyS: 2 },
  { name: "reads", exec: "reads", rate: "readsRate", busyS: 0.5 },
  { name: "jobs", exec: "jobs", rate: "jobsRate", busyS: 2 },
  { name: "visible", exec: "visible", rate: "visibleRate", busyS: 3 },
];
const USERS_MIN = 5;
const SPARE = 10;

/** The scenarios that have a rate, as open models: arrivals don't wait for answers. */
export function scenarios(settings) {
  const highest = Math.max(...settings.stages.map((stage) => stage.factor));
  const chosen = SCENARIOS.filter(({ rate }) => settings[rate] > 0);
  return Object.fromEntries(
    chosen.map(({ name, exec, rate, busyS }) => {
      const users = Math.max(USERS_MIN, Math.ceil(settings[rate] * highest * busyS));
      const scenario = {
        executor: "ramping-arrival-rate",
        exec,
        startRate: 0,
        timeUnit: `${PER_MINUTE}s`,
        stages: settings.stages.map(({ factor, seconds }) => ({
          target: Math.round(settings[rate] * factor * PER_MINUTE),
          duration: `${Math.round(seconds * 1000)}ms`,
        })),
        preAllocatedVUs: users,
        maxVUs: users * SPARE,
        gracefulStop: `${longestIterationSeconds(settings)}s`,
      };
      return [name, scenario];
    }),
  );
}

/** An iteration that is cut off between an answer and its count would look like a score too many. */
function longestIterationSeconds({ retries }) {
  const submitting = (retries + 2) * (ANSWER_TIMEOUT_S + RETRY_AFTER_MAX_S);
  return submitting + FOLLOW_S + JOB_WAIT_S + ANSWER_TIMEOUT_S;
}

/** What must hold, as [metric, k6's expression, what it means]. */
export function goals(settings) {
  const pageKinds = MEASURED.filter(([, kind]) => kind.group === "read");
  return [
    ["scores_missing", "count<=0", "every accepted score has taken effect"],
    ["scores_surplus", "count<=0", "no score has taken effect twice"],
    ["checks", "rate>=1", "every answer was right"],
    ["http_req_failed", `rate<=${settings.maxFailedShare}`, "requests that failed"],
    ["dropped_iterations", `count<=${settings.maxDropped}`, "arrivals that found no free user"],
    ...(settings.scoresRate > 0
      ? [["time_score", `p(99)<=${settings.acceptedP99Ms}`, "from a score to its 202"]]
      : []),
    ...(settings.readsRate > 0
      ? pageKinds.map(([kind, { label }]) => [`time_${kind}`, `p(99)<=${settings.pageP99Ms}`, label])
      : []),
    ...(settings.jobsRate > 0 ? [["jobs_done", "count>0", "jobs were followed to their end"]] : []),
    ...(settings.visibleRate > 0
      ? [
          ["scores_visible", "count>0", "scores were seen in the standings"],
          ["time_to_visible", `p(99)<=${settings.visibleP99Ms}`, "from a 202 to the score in the standings"],
        ]
      : []),
  ];
}

export function options(settings) {
  const thresholds = {};
  for (const [metric, expression] of goals(settings)) (thresholds[metric] ??= []).push(expression);
  // Half of all failing is no load test any more: it ends at once instead of filling the log.
  thresholds.http_req_failed.push({
    threshold: `rate<${HOPELESS_SHARE}`,
    abortOnFail: true,
    delayAbortEval: HOPELESS_AFTER,
  });
  return {
    scenarios: scenarios(settings),
    thresholds,
    summaryTrendStats: ["count", "min", "med", "p(95)", "p(99)", "max"],
    setupTimeout: `${SETUP_TIMEOUT_S}s`,
    teardownTimeout: `${Math.ceil(settings.drainS * 2 + SETUP_TIMEOUT_S)}s`,
    userAgent: "highscores-loadtest",
  };
}
