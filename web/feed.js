// Keeps one view current: asks again each second by ETag, rests while the tab is hidden, and when the service does not
// answer, waits longer and longer, but never gives up. A refusal that time cannot heal ends it.

const POLL_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const JITTER = 0.25; // of a delay, at random: many visitors must not come back in the same instant

const jittered = (ms) => ms * (1 + JITTER * Math.random());

/** How long to wait after so many failures in a row, or as long as the service said. In milliseconds. */
export function retryDelay(failures, retryAfterS) {
  const backoff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return jittered(Math.max(backoff, (retryAfterS ?? 0) * 1000));
}

/**
 * @param {(signal: AbortSignal) => Promise<void>} ask  one round; throws a Problem, or Unreachable
 * @param {{isLive: () => boolean, onTrouble: (error, retryAt: number) => void, onRecovered: () => void,
 *   onRefused: (error) => void}} events
 * @returns {{stop: () => void, now: () => void}}
 */
export function startFeed(ask, { isLive, onTrouble, onRecovered, onRefused }) {
  const controller = new AbortController();
  const { signal } = controller;
  let wake = () => {};

  /** Wait, but no longer than until now() is called; without a time, until then. */
  const rest = (ms) =>
    new Promise((resolve) => {
      const timer = ms === null ? null : setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const now = () => wake();
  const onVisibility = () => {
    if (!document.hidden) now();
  };

  async function run() {
    let failures = 0;
    let answered = false; // a paused view still gets its first answer
    const mayRest = () => document.hidden || (answered && !failures && !isLive());
    while (!signal.aborted) {
      while (mayRest() && !signal.aborted) await rest(null);
      try {
        await ask(signal);
        if (signal.aborted) return;
        if (failures) onRecovered();
        failures = 0;
        answered = true;
        await rest(jittered(POLL_MS));
      } catch (error) {
        if (signal.aborted) return;
        if (error.passing === undefined) throw error; // a fault of this page, not of the service: show it in the console
        if (!error.passing) {
          onRefused(error);
          return;
        }
        failures += 1;
        const delay = retryDelay(failures, error.retryAfterS);
        onTrouble(error, Date.now() + delay);
        await rest(delay);
      }
    }
  }

  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("online", now);
  window.addEventListener("offline", now);
  signal.addEventListener("abort", () => {
    document.removeEventListener("visibilitychange", onVisibility);
    window.removeEventListener("online", now);
    window.removeEventListener("offline", now);
    now();
  });
  run();
  return { stop: () => controller.abort(), now };
}
