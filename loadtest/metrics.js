// What is measured beyond k6's own metrics.

import { Counter, Rate, Trend } from "k6/metrics";
import { MEASURED } from "./kinds.js";

const trends = Object.fromEntries(MEASURED.map(([kind]) => [kind, new Trend(`time_${kind}`, true)]));
const failures = Object.fromEntries(MEASURED.map(([kind]) => [kind, new Rate(`failed_${kind}`)]));

const unanswered = new Counter("failures_unanswered");
const refused = new Counter("failures_4xx");
const limited = new Counter("failures_429");
const unavailable = new Counter("failures_503");
const broken = new Counter("failures_5xx");

const accepted = new Counter("scores_accepted");
const unknown = new Counter("scores_unknown");
const applied = new Counter("scores_applied");
const missing = new Counter("scores_missing");
const surplus = new Counter("scores_surplus");

export const acceptedInLoad = new Counter("scores_accepted_in_load");
export const retried = new Counter("requests_retried");
export const replayed = new Counter("requests_replayed");
export const notModified = new Counter("pages_not_modified");
export const timeToDone = new Trend("time_to_done", true);
export const timeToVisible = new Trend("time_to_visible", true);
export const jobsDone = new Counter("jobs_done");
export const scoresVisible = new Counter("scores_visible");

/** Count one answer of this kind, or its absence (status 0). */
export function countAnswer(kind, status, durationMs, isExpected) {
  if (!(kind in trends)) return;
  failures[kind].add(!isExpected);
  // A refused connection takes no time and would look fast; a request that timed out has its full duration.
  if (status !== 0 || durationMs > 0) trends[kind].add(durationMs);
}

export function countFailure(status) {
  if (status === 0) unanswered.add(1);
  else if (status === 429) limited.add(1);
  else if (status === 503) unavailable.add(1);
  else if (status >= 500) broken.add(1);
  else refused.add(1);
}

// A threshold can't compare two metrics, so the comparison is a metric of its own that must not end above zero:
// missing = accepted - applied, surplus = applied - accepted - unknown. Both are sums, which users without a common
// memory can make together.

/** These scores were answered with 202: each must take effect exactly once. */
export function countAccepted(scores) {
  accepted.add(scores);
  missing.add(scores);
  surplus.add(-scores);
}

/** Nobody can tell whether these scores take effect: not at all, or once. */
export function countUnknown(scores) {
  unknown.add(scores);
  surplus.add(-scores);
}

/** So many scores have taken effect, says the ledger. */
export function countApplied(scores) {
  applied.add(scores);
  missing.add(-scores);
  surplus.add(scores);
}
