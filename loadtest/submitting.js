// Submitting scores as a well-behaved client does: a 503, or no answer, may have taken effect once, so it is sent again
// with the same idempotency key. Every attempt that failed stays counted as a failed request.

import { check, sleep } from "k6";
import { readJson } from "./api.js";
import { acceptedInLoad, countAccepted, countUnknown, replayed, retried } from "./metrics.js";

const RETRY_AFTER_S = 1;
export const RETRY_AFTER_MAX_S = 5;

/**
 * Send these scores, one alone or several as a batch. Return their job ids, in order; null when they were not accepted.
 * With `replay`, send them once more and check that the jobs are the same.
 */
export function submit(api, scores, idempotencyKey, { replay = false } = {}) {
  const jobs = send(api, scores, idempotencyKey);
  if (jobs && replay) {
    replayed.add(1);
    const again = accepted(post(api, scores, idempotencyKey));
    check(again, { "a key sent again gives the same jobs": (ids) => ids === null || ids.join() === jobs.join() });
  }
  return jobs;
}

function send(api, scores, idempotencyKey) {
  let mayHaveTakenEffect = false;
  for (let attempt = 0; attempt <= api.settings.retries; attempt++) {
    if (attempt > 0) retried.add(1);
    const response = post(api, scores, idempotencyKey);
    const jobs = accepted(response);
    if (jobs) {
      countAccepted(scores.length);
      if (api.isLoad) acceptedInLoad.add(scores.length);
      return jobs;
    }
    if (response.status > 0 && response.status < 500) break; // refused: this attempt changed nothing
    mayHaveTakenEffect = true;
    if (attempt < api.settings.retries) sleep(pauseSeconds(response, attempt));
  }
  if (mayHaveTakenEffect) countUnknown(scores.length);
  return null;
}

function post(api, scores, idempotencyKey) {
  const [kind, path, body] =
    scores.length === 1 ? ["score", "/v1/scores", scores[0]] : ["batch", "/v1/scores/batch", { scores }];
  return api.send(kind, "POST", path, { body, key: api.settings.submitKey, idempotencyKey });
}

function accepted(response) {
  if (response.status !== 202) return null;
  const body = readJson(response);
  return body?.jobs ?? (body?.job ? [body.job] : null);
}

/** Twice as long after each attempt, and never the same for all: those who failed together must not come back together. */
function pauseSeconds(response, attempt) {
  const told = Number(response.headers["Retry-After"]) || RETRY_AFTER_S;
  return Math.min(told * 2 ** attempt, RETRY_AFTER_MAX_S) * (0.5 + Math.random() / 2);
}
