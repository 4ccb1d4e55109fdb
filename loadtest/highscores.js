// The load test of highscores: writes, reads and jobs mixed, at a given rate of arrivals, on boards of its own.
//
//   settings.js the environment · plan.js who arrives when, and the goals · scenarios.js what they do ·
//   boards.js before and after · submitting.js, jobs.js, api.js requests · metrics.js, kinds.js what is measured ·
//   report*.js what is told of it
import exec from "k6/execution";
import { Api } from "./api.js";
import { CannotStart, deleteBoards, prepareBoards, settledSubmissions } from "./boards.js";
import { countApplied } from "./metrics.js";
import { options as planned } from "./plan.js";
import { summarize } from "./report.js";
import { renderHtml } from "./report_html.js";
import { renderText } from "./report_text.js";
import { followJobs, postBatch, postScore, readStandings, seeScore } from "./scenarios.js";
import { readSettings } from "./settings.js";

const settings = readSettings(__ENV);
const api = new Api(settings);
const preparing = new Api(settings, { isLoad: false });

export const options = planned(settings);

export function setup() {
  const run = settings.run || `loadtest-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 6)}`;
  try {
    const boards = prepareBoards(preparing, run);
    console.log(`run ${run}: ${boards.length} boards are filled and readable, the load begins`);
    return { run, boards, startedAt: new Date().toISOString() };
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    exec.test.abort(`the load test cannot start. ${error.message}`);
  }
}

export const scores = (data) => postScore(api, data);
export const batches = (data) => postBatch(api, data);
export const reads = (data) => readStandings(api, data);
export const jobs = (data) => followJobs(api, data);
export const visible = (data) => seeScore(api, data);

export function teardown(data) {
  if (!data?.boards) return;
  const { run, boards } = data;
  const deadline = Date.now() + settings.drainS * 1000;
  const submissions = settledSubmissions(preparing, boards, run, deadline);
  boards.forEach((board, index) => {
    const applied = submissions[index] ?? null;
    if (applied === null) console.error(`the board ${board} can't be read: its scores count as missing`);
    else countApplied(applied);
  });
  deleteBoards(preparing, boards);
}

export function handleSummary(data) {
  const report = summarize(data, settings);
  if (!report) return { stdout: "" };
  const html = renderHtml(report);
  const text = renderText(report);
  // In a pod's log the page comes first, so that the end of the log is what a person reads.
  const outputs = { stdout: settings.reportToLog ? `${html}\n${text}` : text };
  if (settings.reportDir) {
    outputs[`${settings.reportDir}/report.html`] = html;
    outputs[`${settings.reportDir}/summary.json`] = `${JSON.stringify(report, null, 2)}\n`;
  }
  return outputs;
}
