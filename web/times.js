// Relative times that stay true while the page is open: one timer for all of them.
import { el } from "./dom.js";
import { absoluteTime, relativeTime } from "./format.js";

const REFRESH_MS = 10_000;

/** "3 minutes ago", with the whole date on hover and for machines. */
export function timeElement(iso) {
  return el("time", { datetime: iso, title: absoluteTime(iso) }, relativeTime(iso));
}

export function startClock() {
  setInterval(() => {
    if (document.hidden) return;
    for (const time of document.querySelectorAll("time[datetime]")) {
      const text = relativeTime(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  }, REFRESH_MS);
}
