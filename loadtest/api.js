// The HTTP interface, as the test uses it. Nothing here throws: a failure is counted, and its answer handed on.

import http from "k6/http";
import { KINDS, timeoutSeconds } from "./kinds.js";
import { countAnswer, countFailure } from "./metrics.js";

const callbacks = Object.fromEntries(
  Object.entries(KINDS).map(([kind, { expected }]) => [kind, http.expectedStatuses(...expected)]),
);

export class Api {
  /** What is not load, but prepares or ends it, is left out of the durations and rates. */
  constructor(settings, { isLoad = true } = {}) {
    this.settings = settings;
    this.isLoad = isLoad;
  }

  /** The boards of a run are private, so that no visitor sees them: who reads them needs a key. */
  get(kind, path, headers = {}) {
    const key = path.startsWith("/v1/boards/") ? this.settings.adminKey : "";
    return this.send(kind, "GET", path, { headers, key });
  }

  /** Send one request; the answer has status 0 when there was none. */
  send(kind, method, path, { body = null, key = "", idempotencyKey = "", headers = {} } = {}) {
    const sent = { ...headers };
    if (body !== null) sent["Content-Type"] = "application/json";
    if (key) sent.Authorization = `Bearer ${key}`;
    if (idempotencyKey) sent["Idempotency-Key"] = idempotencyKey;
    if (this.settings.host) sent.Host = this.settings.host;
    const response = http.request(method, originOf(path, this.settings) + path, body && JSON.stringify(body), {
      headers: sent,
      tags: { kind, name: `${method} ${KINDS[kind].route}` },
      responseCallback: callbacks[kind],
      timeout: `${timeoutSeconds(kind)}s`,
      redirects: 0,
    });
    const isExpected = KINDS[kind].expected.includes(response.status);
    if (this.isLoad) countAnswer(kind, response.status, response.timings.duration, isExpected);
    if (!isExpected) countFailure(response.status);
    return response;
  }
}

/** The front door, or the service itself where a cluster has it asked without an ingress in between. */
function originOf(path, { baseUrl, writeUrl, jobsUrl }) {
  if (path.startsWith("/v1/scores") || path.startsWith("/v1/admin/")) return writeUrl;
  return path.startsWith("/v1/jobs") ? jobsUrl : baseUrl;
}

/** Return the body as an object; null when it is not JSON: an ingress in between may answer with a page of its own. */
export function readJson(response) {
  try {
    return response.json();
  } catch {
    return null;
  }
}

/** Say in a line what went wrong, for a person. */
export function explain(response) {
  if (response.status === 0) return `no answer (${response.error})`;
  const problem = readJson(response);
  const reason = problem?.detail ?? problem?.title;
  return reason ? `${response.status}: ${reason}` : `${response.status}, and not from highscores`;
}
