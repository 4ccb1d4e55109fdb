// The kinds of requests that the test sends: what each is called, which answers it expects, and how long it may take.

export const ANSWER_TIMEOUT_S = 5; // the service promises 3 s, and the way there takes its share
export const JOB_WAIT_S = 10; // the longest that the service lets a client wait for a job

// `route` is the metric tag: one of a few templates, however many boards and players there are.
export const KINDS = {
  score: { label: "POST a score", route: "/v1/scores", expected: [202], group: "write" },
  batch: { label: "POST a batch", route: "/v1/scores/batch", expected: [202], group: "write" },
  top: { label: "GET the top page", route: "/v1/boards/{board}/standings", expected: [200, 304], group: "read" },
  around: { label: "GET the page around a player", route: "/v1/boards/{board}/standings?around", expected: [200], group: "read" },
  friends: { label: "GET the page of ten friends", route: "/v1/boards/{board}/standings?players", expected: [200], group: "read" },
  standing: { label: "GET one standing", route: "/v1/boards/{board}/standings/{player}", expected: [200], group: "read" },
  jobs: { label: "GET a list of jobs", route: "/v1/jobs?ids", expected: [200], group: "job" },
  // These two wait or ask again on purpose, so that their durations say nothing about the service.
  wait: { label: "GET a job, waiting for its end", route: "/v1/jobs/{job}?wait", expected: [200], group: "job", waits: true },
  look: { label: "look whether a score shows", route: "/v1/boards/{board}/standings/{player}", expected: [200, 404], group: "read", waits: true },
  // What prepares and ends the test is not load.
  control: { label: "prepare and clear up", route: "/v1/admin/boards/{board}", expected: [202], group: "control" },
  probe: { label: "try the key", route: "/v1/scores", expected: [422], group: "control" },
  board: { label: "read a board", route: "/v1/boards/{board}", expected: [200], group: "control" },
};

export function timeoutSeconds(kind) {
  return ANSWER_TIMEOUT_S + (kind === "wait" ? JOB_WAIT_S : 0);
}

/** The kinds whose durations are measured, as [kind, its description]. */
export const MEASURED = Object.entries(KINDS).filter(([, kind]) => kind.group !== "control" && !kind.waits);
