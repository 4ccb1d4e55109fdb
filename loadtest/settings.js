// What the environment may set. The names and defaults are documented in README.md.

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Return the settings, frozen; throw one Error that names everything that is wrong with them. */
export function readSettings(environment) {
  const errors = [];

  const text = (name, fallback) => environment[name] || fallback;

  function required(name) {
    if (!environment[name]) errors.push(`${name} is missing`);
    return environment[name] || "";
  }

  function number(name, fallback, { min = 0, max = Infinity, whole = false } = {}) {
    const value = Number(text(name, fallback));
    const fits = value >= min && value <= max && (!whole || Number.isInteger(value));
    if (!fits) errors.push(`${name} must be ${whole ? "a whole number" : "a number"} from ${min} to ${max}`);
    return value;
  }

  function duration(name, fallback) {
    const seconds = toSeconds(text(name, fallback));
    if (Number.isNaN(seconds)) errors.push(`${name} must be a duration such as 30s, 5m or 1.5h`);
    return seconds;
  }

  function flag(name) {
    const value = text(name, "false");
    if (value !== "true" && value !== "false") errors.push(`${name} must be true or false`);
    return value === "true";
  }

  function stages(name) {
    const found = text(name, "").split(",").filter(Boolean).map(readStage);
    if (found.includes(null)) errors.push(`${name} must look like 1:30s,10:2m,1:1m (times the rates : how long)`);
    return found;
  }

  function url(name, fallback) {
    const value = text(name, fallback).replace(/\/+$/, "");
    if (value && !/^https?:\/\/[^/]+/.test(value)) errors.push(`${name} must begin with http:// or https://`);
    return value;
  }

  const baseUrl = url("BASE_URL", required("BASE_URL"));
  const run = text("RUN", "");
  if (run && !/^[a-z0-9][a-z0-9-]{0,39}$/.test(run)) errors.push("RUN must be 1 to 40 of a-z, 0-9 and -");

  const settings = {
    baseUrl,
    writeUrl: url("WRITE_URL", baseUrl),
    jobsUrl: url("JOBS_URL", baseUrl),
    adminKey: required("ADMIN_KEY"),
    submitKey: required("SUBMIT_KEY"),
    host: text("HOST_HEADER", ""),
    run,
    scoresRate: number("SCORES_RATE", 50),
    batchesRate: number("BATCHES_RATE", 2),
    readsRate: number("READS_RATE", 100),
    jobsRate: number("JOBS_RATE", 10),
    visibleRate: number("VISIBLE_RATE", 2),
    rampS: duration("RAMP", "10s"),
    durationS: duration("DURATION", "60s"),
    stages: stages("STAGES"),
    batchSize: number("BATCH_SIZE", 100, { min: 1, max: 1000, whole: true }),
    boards: number("BOARDS", 3, { min: 1, max: 100, whole: true }),
    players: number("PLAYERS", 2000, { min: 100, max: 1_000_000, whole: true }),
    pageLimit: number("PAGE_LIMIT", 25, { min: 1, max: 100, whole: true }),
    retries: number("RETRIES", 6, { max: 20, whole: true }),
    drainS: duration("DRAIN", "120s"),
    settleS: duration("SETTLE", "5s"),
    maxFailedShare: number("MAX_FAILED_SHARE", 0.001, { max: 1 }),
    maxDropped: number("MAX_DROPPED", 0, { whole: true }),
    acceptedP99Ms: number("ACCEPTED_P99_MS", 500),
    pageP99Ms: number("PAGE_P99_MS", 250),
    visibleP99Ms: number("VISIBLE_P99_MS", 2000),
    keepBoards: flag("KEEP_BOARDS"),
    reportDir: text("REPORT_DIR", ""),
    reportToLog: flag("REPORT_TO_LOG"),
  };
  if (errors.length) throw new Error(`The settings are wrong: ${errors.join("; ")}.`);
  if (!settings.stages.length) settings.stages = rampAndHold(settings);
  return Object.freeze(settings);
}

/** Return how long all stages take together, in seconds. */
export function plannedSeconds(settings) {
  return settings.stages.reduce((sum, stage) => sum + stage.seconds, 0);
}

function rampAndHold({ rampS, durationS }) {
  const hold = { factor: 1, seconds: durationS };
  return rampS > 0 ? [{ factor: 1, seconds: rampS }, hold] : [{ factor: 1, seconds: 0 }, hold];
}

function readStage(text) {
  const [factor, duration] = text.split(":");
  const stage = { factor: Number(factor), seconds: toSeconds(duration ?? "") };
  return factor && stage.factor >= 0 && stage.seconds >= 0 ? stage : null;
}

function toSeconds(text) {
  const match = DURATION.exec(text.trim());
  return match ? Number(match[1]) * SECONDS[match[2]] : NaN;
}
