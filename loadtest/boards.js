// The run's own boards, which are private: made and filled before the load, read and deleted after it.

import { sleep } from "k6";
import { explain, readJson } from "./api.js";
import { endOf } from "./jobs.js";
import { playerName, somePoints } from "./players.js";
import { submit } from "./submitting.js";

const SEED_BATCH = 1000;
const DOCUMENT_WAIT_S = 10;
const POLL_S = 0.5;

/** A reason to give up before the load begins, told in one sentence. */
export class CannotStart extends Error {}

/** Define and fill the boards of this run and bring their documents into the cache; raise CannotStart, and leave none. */
export function prepareBoards(api, run) {
  requireReachable(api);
  const boards = [];
  try {
    for (let number = 1; number <= api.settings.boards; number++) {
      define(api, `${run}-${number}`, run);
      boards.push(`${run}-${number}`);
    }
    for (const board of boards) fill(api, board, run);
    for (const board of boards) requireDocument(api, board);
  } catch (error) {
    deleteBoards(api, boards);
    throw error;
  }
  return boards;
}

/** Return how many scores the ledger holds for each board, once that has come to rest; null for one that can't be read. */
export function settledSubmissions(api, boards, run, deadline) {
  awaitLast(api, boards, run, deadline);
  let found = [];
  let since = Date.now();
  while (Date.now() < deadline) {
    const now = boards.map((board) => readJson(api.get("board", `/v1/boards/${board}`))?.submissions ?? null);
    if (now.join() !== found.join()) since = Date.now();
    found = now;
    if (!found.includes(null) && Date.now() - since >= api.settings.settleS * 1000) break;
    sleep(POLL_S);
  }
  return found;
}

/** The queue is nearly first in, first out: when a last score is done, so are almost all that were sent before it. */
function awaitLast(api, boards, run, deadline) {
  const last = boards.map((board) => ({ board, player: "last", score: 0 }));
  const jobs = submit(api, last, `${run}-last`) ?? [];
  for (const job of jobs) endOf(api, job, deadline);
}

/** Have the boards deleted, unless they are to be kept; one that cannot be deleted now is told. */
export function deleteBoards(api, boards) {
  if (api.settings.keepBoards) return;
  for (const board of boards) {
    const response = api.send("control", "DELETE", `/v1/admin/boards/${board}`, { key: api.settings.adminKey });
    if (response.status !== 202 && response.status !== 404) console.error(`the board ${board} is left behind: ${explain(response)}`);
  }
}

function requireReachable(api) {
  const response = api.get("board", "/v1/boards?limit=1");
  if (response.status !== 200) {
    throw new CannotStart(`BASE_URL ${api.settings.baseUrl} does not serve /v1/boards: ${explain(response)}`);
  }
}

function define(api, board, run) {
  const response = api.send("control", "PUT", `/v1/admin/boards/${board}`, {
    body: { title: `Load test ${run}`, periods: ["all", "day"], visibility: "private" },
    key: api.settings.adminKey,
  });
  if (response.status === 401 || response.status === 403) {
    throw new CannotStart(`ADMIN_KEY may not define boards: ${explain(response)}`);
  }
  if (response.status !== 202) throw new CannotStart(`The board ${board} was not accepted: ${explain(response)}`);
  requireDone(api, response.json().job, `defining the board ${board}`);
}

function fill(api, board, run) {
  const { players, submitKey } = api.settings;
  let last = null;
  for (let first = 0; first < players; first += SEED_BATCH) {
    const scores = [];
    for (let number = first; number < Math.min(first + SEED_BATCH, players); number++) {
      scores.push({ board, player: playerName(number), score: somePoints() });
    }
    if (first === 0) requireSubmitKey(api, scores[0], submitKey);
    last = submit(api, scores, `${run}-seed-${board}-${first}`);
    if (!last) throw new CannotStart(`The first scores of the board ${board} were not accepted`);
  }
  requireDone(api, last[last.length - 1], `filling the board ${board}`);
}

/** An invalid score tells whether the key is good, and changes nothing: 401 or 403 come before 422. */
function requireSubmitKey(api, score, key) {
  const response = api.send("probe", "POST", "/v1/scores", { body: { ...score, score: "none" }, key });
  if (response.status !== 422) throw new CannotStart(`SUBMIT_KEY may not submit scores: ${explain(response)}`);
}

function requireDone(api, job, what) {
  const response = api.get("wait", `/v1/jobs/${job}?wait=0`);
  if (response.status !== 200) throw new CannotStart(`The job of ${what} can't be asked for: ${explain(response)}`);
  const state = endOf(api, job, Date.now() + api.settings.drainS * 1000);
  if (state?.status !== "done") {
    const reason = state?.error?.detail ?? "its job did not end; is a worker running?";
    throw new CannotStart(`The service accepted ${what}, but it was not done: ${reason}`);
  }
}

function requireDocument(api, board) {
  const headers = { Prefer: `wait=${DOCUMENT_WAIT_S}` };
  const deadline = Date.now() + api.settings.drainS * 1000;
  let response;
  do response = api.get("board", `/v1/boards/${board}/standings?limit=1`, headers);
  while (response.status === 202 && Date.now() < deadline);
  if (response.status !== 200) throw new CannotStart(`The standings of ${board} can't be read: ${explain(response)}`);
}
