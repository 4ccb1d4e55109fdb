// Following jobs to their end.

import { sleep } from "k6";
import { readJson } from "./api.js";
import { JOB_WAIT_S } from "./kinds.js";

const POLL_S = 0.2;

/** Return the state of the job once it has ended, or the last state known at the deadline (null: none). */
export function endOf(api, job, deadline) {
  let state = null;
  while (Date.now() < deadline) {
    const asked = Date.now();
    const response = api.get("wait", `/v1/jobs/${job}?wait=${JOB_WAIT_S}`);
    state = (response.status === 200 && readJson(response)) || state;
    if (state && state.status !== "queued") break;
    if (Date.now() - asked < POLL_S * 1000) sleep(POLL_S); // answered at once, and not with an end
  }
  return state;
}

/** Return the states of these jobs once all have ended, or as they are at the deadline (null: unknown). */
export function endsOf(api, jobs, deadline) {
  let states = null;
  while (Date.now() < deadline) {
    const response = api.get("jobs", `/v1/jobs?ids=${jobs.join()}`);
    states = (response.status === 200 && readJson(response)?.jobs) || states;
    if (states?.every((state) => state.status !== "queued")) break;
    sleep(POLL_S);
  }
  return states;
}
