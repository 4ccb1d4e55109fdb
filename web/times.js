// Relative times that stay true while the page is open: one timer for all of them.
import { el } from "./dom.js";
import { absoluteTime, relativeTime } from "./format.js";

const REFRESH_MS = 10_000;

/** "3 minutes ago", with the whole date on hover and for machines. */
export function timeElement(iso, { brief = false } = {}) {
  const properties = { datetime: iso, title: absoluteTime(iso), data: { brief } };
  return el("time", properties, relativeTime(iso, { brief }));
}

export function startClock() {
  setInterval(() => {
    if (document.hidden) return;
    for (const time of document.querySelectorAll("time[datetime]")) {
      const text = relativeTime(time.dateTime, { brief: time.dataset.brief === "true" });
      if (time.textContent !== text) time.textContent = text;
    }
  }, REFRESH_MS);
}
