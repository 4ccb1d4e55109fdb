// What the page is doing: the status line, the banner when the service does not answer, and the large messages that
// stand where the table would be.
import { byId, el, spoken } from "./dom.js";
import { figure } from "./pixel.js";

const TICK_MS = 1_000;
const FADE_MS = 8_000;
let fading = null;

/** Something to bring up to date each second, until it is stopped or takes on another. */
function ticker() {
  let timer = null;
  const stop = () => clearInterval(timer);
  const start = (update) => {
    stop();
    update();
    timer = setInterval(update, TICK_MS);
  };
  return { start, stop };
}

const building = ticker();
const countdown = ticker();

/** loading · building · ready · empty · offline (nothing to show yet) · error. Style sheets and tests read it too. */
export function setView(view) {
  document.body.dataset.view = view;
}

/**
 * Tell the visitor, screen readers included.
 * @param {{quiet?: boolean, lasting?: boolean}} how  quiet: only spoken, since the eye sees it anyway; lasting: until
 *   something else is said
 */
export function say(text, { quiet = false, lasting = false } = {}) {
  const status = byId("status");
  clearTimeout(fading);
  status.classList.toggle("spoken", quiet);
  if (status.textContent !== text) status.textContent = text;
  if (!lasting) fading = setTimeout(() => status.replaceChildren(), FADE_MS);
}

export function showMessage({ picture, overline, title, detail, errors = [], actions = [], elapsedFrom = null }) {
  const message = byId("message");
  message.hidden = false;
  message.replaceChildren(
    figure(picture),
    el("p", { class: "label" }, overline),
    el("h2", {}, title),
    ...(detail ? [el("p", {}, detail)] : []),
    ...(errors.length
      ? [el("ul", {}, ...errors.map(({ pointer, detail }) => el("li", {}, el("code", {}, pointer.replace(/^#\//, "")), ` ${detail}`)))]
      : []),
    ...(elapsedFrom ? [el("p", { class: "elapsed", "aria-hidden": "true" })] : []),
    ...(actions.length ? [el("p", { class: "actions" }, ...actions.map(({ label, href }) => el("a", { class: "button", href }, label)))] : []),
  );
  if (elapsedFrom) building.start(() => elapsed(elapsedFrom));
  else building.stop();
}

function elapsed(from) {
  const line = byId("message").querySelector(".elapsed");
  if (line) line.textContent = `${Math.floor((Date.now() - from) / TICK_MS)} s`;
}

export function hideMessage() {
  const message = byId("message");
  if (message.hidden) return;
  building.stop();
  message.hidden = true;
  message.replaceChildren();
}

/** @param {number} retryAt  when the page asks again, in epoch milliseconds */
export function showBanner(text, retryAt) {
  byId("banner").hidden = false;
  byId("banner-text").textContent = text;
  countdown.start(() => {
    const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / TICK_MS));
    byId("banner-countdown").textContent = seconds ? `Trying again in ${seconds} s.` : "Trying…";
  });
}

export function hideBanner() {
  if (byId("banner").hidden) return;
  countdown.stop();
  byId("banner").hidden = true;
  byId("banner-text").textContent = "";
}

const LIVE_WORDS = { live: "Live", paused: "Paused", trouble: "Waiting" };

/** @param {"live"|"paused"|"trouble"} state */
export function showLive(state) {
  const button = byId("live");
  button.dataset.state = state;
  button.setAttribute("aria-pressed", String(state !== "paused"));
  button.title = state === "paused" ? "Follow place changes" : "Pause place changes";
  byId("live-text").replaceChildren(LIVE_WORDS[state], spoken(" place changes"));
}
