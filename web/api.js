// The public HTTP interface, as this page uses it. Failures are of two kinds: a Problem (the service answered and
// said what is wrong) and Unreachable (no answer: offline, timed out, or something that isn't the service).
import { parseExact } from "./exact.js";

const ANSWER_TIMEOUT_MS = 8_000; // beyond what the request itself asked to wait
const DOCUMENT_WAIT_S = 1; // then a 202, so that the visitor is told early
const JOB_WAIT_S = 10;
const MAX_JOB_WAITS = 18; // three minutes of following one job
const MAX_BUILDS = 3; // of one document for one answer
const PAGE_OF_PERIODS = 100;

export class Problem extends Error {
  constructor({ type, title, status, detail, errors }, retryAfterS = null) {
    super(title);
    Object.assign(this, { type, title, status, detail, errors: errors ?? [], retryAfterS });
  }

  /** Whether asking again later can help. */
  get passing() {
    return this.status === 429 || this.status >= 500;
  }

  is(slug) {
    return String(this.type).endsWith(`/${slug}`);
  }
}

export class Unreachable extends Error {
  retryAfterS = null;
  passing = true;
}

async function send(path, { signal, headers = {}, waitS = 0 }) {
  const limit = AbortSignal.timeout(ANSWER_TIMEOUT_MS + waitS * 1000);
  let response;
  try {
    response = await fetch(path, {
      headers: { Accept: "application/json", ...headers },
      cache: "no-store",
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unreachable("The service did not answer.");
  }
  if (response.ok || response.status === 304) return response;
  throw await problemOf(response);
}

async function problemOf(response) {
  const retryAfterS = Number(response.headers.get("Retry-After")) || null;
  const fallback = { type: "about:blank", title: `The service answered ${response.status}`, status: response.status, detail: "" };
  const body = await response.json().catch(() => null); // a proxy's own error page is not JSON
  return new Problem({ ...fallback, ...(body?.title ? body : {}), status: response.status }, retryAfterS);
}

async function json(response, signal) {
  try {
    return parseExact(await response.text());
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unreachable("The answer was cut short.");
  }
}

async function get(path, signal, options = {}) {
  return json(await send(path, { signal, ...options }), signal);
}

const segment = encodeURIComponent;

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

export const readBoards = (cursor, signal) => get(`/v1/boards${query({ cursor })}`, signal);
export const readActiveBoards = (limit, signal) => get(`/v1/boards${query({ order: "activity", limit })}`, signal);
export const readBoard = (board, signal) => get(`/v1/boards/${segment(board)}`, signal);
export const readPlayer = (player, signal) => get(`/v1/players/${segment(player)}`, signal);

export const readPeriods = (board, cursor, signal) =>
  get(`/v1/boards/${segment(board)}/periods${query({ limit: PAGE_OF_PERIODS, cursor })}`, signal);

export function standingsPath({ board, period, region, player, cursor, limit }) {
  const start = cursor ? { cursor } : { around: player };
  return `/v1/boards/${segment(board)}/standings${query({ period, region, limit, ...start })}`;
}

export const friendsPath = ({ board, period, region }, players) =>
  `/v1/boards/${segment(board)}/standings${query({ period, region, players: players.join(",") })}`;

/** @param {number} target  a place: the answer says what the player lacks to it */
export const standingPath = ({ board, period, region }, player, target) =>
  `/v1/boards/${segment(board)}/standings/${segment(player)}${query({ period, region, targets: target })}`;

/**
 * Read from a document. When it has to be built first, follow the job that builds it to its end, then read again.
 * @param {string|null} etag  of the answer already held; {unchanged: true} comes back when it still holds
 * @param {() => void} onBuilding  called once when the service says that the document is being built
 * @returns {Promise<{unchanged: true}|{unchanged: false, body: Object, etag: string|null}>}
 */
export async function readDocument(path, { etag = null, signal, onBuilding = () => {} }) {
  for (let builds = 0; builds <= MAX_BUILDS; builds += 1) {
    const headers = { Prefer: `wait=${DOCUMENT_WAIT_S}`, ...(etag ? { "If-None-Match": etag } : {}) };
    const response = await send(path, { signal, headers, waitS: DOCUMENT_WAIT_S });
    if (response.status === 304) return { unchanged: true };
    const body = await json(response, signal);
    if (response.status !== 202) return { unchanged: false, body, etag: response.headers.get("ETag") };
    if (builds === 0) onBuilding();
    await followJob(jobPath(response, body), signal);
  }
  throw new Unreachable("The table was built, and is gone again.");
}

/** The job's own address; only its path counts, so that a proxy that names another host leads nobody astray. */
function jobPath(response, body) {
  const location = response.headers.get("Location") ?? `/v1/jobs/${segment(body.job)}`;
  return new URL(location, window.location.origin).pathname;
}

async function followJob(path, signal) {
  for (let waits = 0; waits < MAX_JOB_WAITS; waits += 1) {
    const job = await get(`${path}?wait=${JOB_WAIT_S}`, signal, { waitS: JOB_WAIT_S });
    if (job.status === "done") return;
    if (job.status === "rejected") throw new Problem(job.error ?? { title: "The table cannot be built", status: 409 });
  }
  throw new Unreachable("The table is still not built.");
}
