// What the users of each scenario do, once per arrival.

import { check, sleep } from "k6";
import exec from "k6/execution";
import { readJson } from "./api.js";
import { endOf, endsOf } from "./jobs.js";
import { jobsDone, notModified, scoresVisible, timeToDone, timeToVisible } from "./metrics.js";
import { someBoard, someFriends, somePlayer, somePoints, someScore } from "./players.js";
import { submit } from "./submitting.js";

export const FOLLOW_S = 30; // the longest that an iteration follows what it has submitted
const LOOK_AGAIN_S = 0.02;
const LISTED_JOBS = 10;
const REPLAYED_SHARE = 0.02;
const LISTED_SHARE = 0.2;

const tags = new Map(); // the entity tags that this user has seen, by path: as many as there are boards

export function postScore(api, { run, boards }) {
  submit(api, [someScore(api.settings, someBoard(boards))], uniqueKey(run), { replay: Math.random() < REPLAYED_SHARE });
}

export function postBatch(api, { run, boards }) {
  const scores = Array.from({ length: api.settings.batchSize }, () => someScore(api.settings, someBoard(boards)));
  submit(api, scores, uniqueKey(run));
}

export function readStandings(api, { boards }) {
  const path = `/v1/boards/${someBoard(boards)}/standings`;
  const dice = Math.random();
  if (dice < 0.6) readTop(api, path);
  else if (dice < 0.75) readAround(api, path);
  else if (dice < 0.85) readFriends(api, path);
  else readOne(api, path);
}

export function followJobs(api, { run, boards }) {
  const count = Math.random() < LISTED_SHARE ? LISTED_JOBS : 1;
  const scores = Array.from({ length: count }, () => someScore(api.settings, someBoard(boards)));
  const jobs = submit(api, scores, uniqueKey(run));
  if (!jobs) return;
  const accepted = Date.now();
  const deadline = accepted + FOLLOW_S * 1000;
  const states = jobs.length === 1 ? [endOf(api, jobs[0], deadline)] : endsOf(api, jobs, deadline);
  const done = states?.filter((state) => state?.status === "done") ?? [];
  timeToDone.add(Date.now() - accepted);
  jobsDone.add(done.length);
  check(done, { "every job is done": () => done.length === jobs.length });
}

/** A newcomer's first score is always an improvement, so it must show, with its rank. */
export function seeScore(api, { run, boards }) {
  const score = { board: someBoard(boards), player: `newcomer-${exec.scenario.iterationInTest}`, score: somePoints() };
  const jobs = submit(api, [score], uniqueKey(run));
  if (!jobs) return;
  const accepted = Date.now();
  const deadline = accepted + FOLLOW_S * 1000;
  const job = endOf(api, jobs[0], deadline);
  const standing = job?.status === "done" ? shownStanding(api, score, deadline) : null;
  timeToVisible.add(Date.now() - accepted);
  if (standing) scoresVisible.add(1);
  check(standing, {
    "a score is visible after its job is done": (found) => found !== null,
    "a visible score has its value and a rank": (found) => found?.score === score.score && found?.rank >= 1,
  });
}

function shownStanding(api, { board, player }, deadline) {
  while (Date.now() < deadline) {
    const response = api.get("look", `/v1/boards/${board}/standings/${player}`);
    const standing = response.status === 200 ? readJson(response) : null;
    if (standing && standing.rank !== null) return standing;
    sleep(LOOK_AGAIN_S);
  }
  return null;
}

function readTop(api, path) {
  const url = `${path}?limit=${api.settings.pageLimit}`;
  const known = tags.get(url);
  const response = api.get("top", url, known ? { "If-None-Match": known } : {});
  if (response.status === 304) notModified.add(1);
  if (response.status !== 200) return;
  tags.set(url, response.headers.Etag);
  check(readJson(response), { "a page is in rank order": (page) => isInOrder(page?.entries) });
}

function readAround(api, path) {
  const player = somePlayer(api.settings);
  const response = api.get("around", `${path}?around=${player}&limit=11`);
  if (response.status !== 200) return;
  check(readJson(response), {
    "a page is in rank order": (page) => isInOrder(page?.entries),
    "the page around a player shows the player": (page) => page?.entries.some((entry) => entry.player === player),
  });
}

function readFriends(api, path) {
  const friends = someFriends(api.settings);
  const response = api.get("friends", `${path}?players=${friends.join()}`);
  if (response.status !== 200) return;
  check(readJson(response), {
    "a page is in rank order": (page) => isInOrder(page?.entries),
    "the page of friends shows all of them": (page) => page?.entries.length === new Set(friends).size,
  });
}

function readOne(api, path) {
  const player = somePlayer(api.settings);
  const response = api.get("standing", `${path}/${player}`);
  if (response.status !== 200) return;
  check(readJson(response), { "a standing has a rank": (standing) => standing?.player === player && standing.rank >= 1 });
}

function isInOrder(entries) {
  return Boolean(entries?.length) && entries.every((entry, index) => index === 0 || isBefore(entries[index - 1], entry));
}

function isBefore(one, other) {
  return one.rank < other.rank && one.score >= other.score;
}

function uniqueKey(run) {
  return `${run}-${exec.scenario.name}-${exec.scenario.iterationInTest}`;
}
