// One view of one document, from the first question until the visitor goes elsewhere: asks, shows, and keeps current.
import { readDocument, standingsPath } from "./api.js";
import { catalogue, chooseBoard, forgetBoard, listBoards, refreshBoard, rereadBoard } from "./catalogue.js";
import { changesBetween } from "./changes.js";
import { byId } from "./dom.js";
import { startFeed } from "./feed.js";
import { kindName, periodName } from "./format.js";
import { remember, seenPlayers, seenRegions } from "./seen.js";
import { drawFriends, refreshSide } from "./side.js";
import { href, toBoard, toPeriod, toRegion, toTop } from "./state.js";
import { timeElement } from "./times.js";
import { revealChosenBoard, showBoards } from "./view-boards.js";
import { showPastPeriods, showPeriods, showRegion, suggestPlayers, suggestRegions } from "./view-controls.js";
import { blankHero, showHero } from "./view-hero.js";
import { addMoves, clearMoves, summary } from "./view-moves.js";
import { hidePager, showPager } from "./view-pager.js";
import { hideCard } from "./view-player.js";
import { hideBanner, hideMessage, say, setView, showBanner, showLive, showMessage } from "./view-status.js";
import { describe, hideTable, refreshStars, setBusy, showSkeleton, showTable } from "./view-table.js";

/** A board's name until its title is known. */
const nameOf = (board) => board?.replaceAll("-", " ") ?? "\u00a0";

/**
 * @param {Object} state  what to show; without a board, the liveliest one
 * @param {{isLive: () => boolean, onBoardChosen: (state) => void}} page
 */
export function startSession(state, { isLive, onBoardChosen }) {
  let shown = null; // the answer in the table
  let etag = null;
  let signal = null;
  let framed = false; // the board's title and controls stand
  let missing = false; // the player looked for has no place: the top is shown instead

  showLive(isLive() ? "live" : "paused");
  if (catalogue.board?.board === state.board) frame();
  else {
    document.body.dataset.framed = "false";
    blankHero(nameOf(state.board));
    clearMoves();
    showSkeleton();
    hidePager();
    byId("range").textContent = "";
  }
  hideBanner();
  hideMessage();
  byId("period-end").hidden = true;
  setView("loading");
  say("Loading…", { quiet: true, lasting: true });
  if (byId("rows").children.length) setBusy();
  else showSkeleton();

  const feed = startFeed(ask, { isLive, onTrouble, onRecovered, onRefused });
  return {
    stop: feed.stop,
    now: feed.now,
    friendsChanged,
    redrawLists,
  };

  async function ask(feedSignal) {
    signal = feedSignal;
    await listBoards(signal);
    if (!state.board) {
      if (!catalogue.boards.length) {
        showNoBoards();
        return;
      }
      state = toBoard(state, catalogue.boards[0].board);
      onBoardChosen(state);
    }
    const [, answer] = await Promise.all([framed ? null : chooseBoard(state.board, signal).then(frame), readPage()]);
    if (!answer.unchanged && !signal.aborted) {
      etag = answer.etag;
      show(answer.body);
    }
  }

  async function readPage() {
    const asked = { etag, signal, onBuilding };
    if (missing) return readDocument(standingsPath(toTop(state)), asked);
    try {
      return await readDocument(standingsPath(state), asked);
    } catch (error) {
      if (!state.player || state.cursor || !error.is?.("unknown-player")) throw error;
      missing = true;
      return readDocument(standingsPath(toTop(state)), asked);
    }
  }

  function frame() {
    if (signal?.aborted) return;
    framed = true;
    document.body.dataset.framed = "true";
    showHero(catalogue.board);
    showPeriods(catalogue.board, state);
    showRegion(catalogue.board, state, seenRegions());
    if (document.activeElement !== byId("find-player")) byId("find-player").value = state.player ?? "";
    redrawLists();
    revealChosenBoard();
    drawFriends(catalogue.board, state);
    document.title = `${catalogue.board.title} · ${periodLabel()} · highscores`;
  }

  function redrawLists() {
    showBoards(catalogue.boards, catalogue.board, state, catalogue.moreBoards);
    if (catalogue.board) showPastPeriods(catalogue.board, catalogue.periods, state, catalogue.morePeriods !== null);
  }

  function periodLabel() {
    const chosen = state.period ?? catalogue.board.periods[0];
    return chosen in catalogue.board.current ? kindName(chosen) : periodName(chosen);
  }

  function show(page) {
    const turned = shown !== null && shown.document !== page.document;
    const changes = shown && !turned ? changesBetween(shown.entries, page.entries) : null;
    const first = shown === null || turned;
    shown = page;
    hideMessage();
    if (page.entries.length) showEntries(page, changes);
    else showEmpty(page);
    showPeriodEnd(page.period);
    byId("range").textContent = describe(page);
    if (turned) say("A new period has begun.");
    else if (first) say(`${describe(page)}.`, { quiet: true });
    if (changes?.size) tell(changes);
    if (turned) turnPeriod();
    else if (!first) refreshFacts();
    refreshSide(catalogue.board, state, signal);
  }

  function showEntries(page, changes) {
    setView("ready");
    if (remember(page.board, page.entries)) {
      suggestPlayers(seenPlayers());
      suggestRegions(seenRegions());
    }
    showTable(page, catalogue.board, state, changes);
    showPager(page, state);
  }

  function tell(changes) {
    addMoves(changes);
    const words = summary(changes);
    if (words) say(words);
  }

  function showPeriodEnd({ kind, end }) {
    const line = byId("period-end");
    const runs = kind !== "all" && end !== null && new Date(end) > new Date();
    line.hidden = !runs;
    line.replaceChildren(...(runs ? ["Ends ", timeElement(end)] : []));
  }

  function showEmpty(page) {
    hideTable();
    hidePager();
    setView("empty");
    const actions = [];
    if (page.total > 0) actions.push({ label: "To the top", href: href(toTop(state)) });
    if (page.region) actions.push({ label: "All regions", href: href(toRegion(state, null)) });
    if (page.period.kind !== "all" && catalogue.board.periods.includes("all")) {
      actions.push({ label: "All time", href: href(toPeriod(state, "all")) });
    }
    showMessage({
      picture: "coin",
      overline: "Insert coin",
      title: page.total > 0 ? "This page has no entries any more" : "No scores yet",
      detail: page.total > 0 ? null : `Nobody has scored ${where(page)}. The first score shows up here by itself.`,
      actions,
    });
  }

  function where(page) {
    const region = page.region ? ` in ${page.region.toUpperCase()}` : "";
    return page.period.kind === "all" ? `on this board${region} so far` : `in this period${region}`;
  }

  function showNoBoards() {
    hideTable();
    setView("empty");
    blankHero("No boards");
    say("There are no boards yet.", { quiet: true });
    showMessage({
      picture: "coin",
      overline: "Insert coin",
      title: "No boards yet",
      detail: "Define one with PUT /v1/admin/boards/{board}; it shows up here by itself.",
      actions: [{ label: "How to", href: "/docs" }],
    });
  }

  /** A day, week or month ended while it was looked at: its successor has other names. */
  async function turnPeriod() {
    clearMoves();
    await quietly(async () => {
      await rereadBoard(signal);
      frame();
    });
  }

  async function refreshFacts() {
    await quietly(async () => {
      if (!(await refreshBoard(signal)) || signal.aborted) return;
      showHero(catalogue.board);
      redrawLists();
    });
  }

  /** Run what the visitor can do without: when the service fails, the feed tells. */
  async function quietly(work) {
    try {
      await work();
    } catch (error) {
      if (error.passing === undefined && !signal.aborted) throw error;
    }
  }

  function onBuilding() {
    say("This table is being built…", { lasting: true });
    if (shown) return; // the last known places stay in view
    hideTable();
    hidePager();
    setView("building");
    showMessage({
      picture: "hourglass",
      overline: "Setting up",
      title: "This table is being built",
      detail: "Nobody has looked at it for a while, so it is put together anew. It shows up here by itself.",
      elapsedFrom: Date.now(),
    });
  }

  function onTrouble(error, retryAt) {
    showLive("trouble");
    showBanner(`${troubleOf(error)}${shown ? " These are the last known places." : ""}`, retryAt);
    if (shown) return;
    hideTable();
    hidePager();
    setView("offline");
    say("");
    showMessage({ picture: "plug", overline: "No signal", title: "The standings are out of reach", detail: "They show up here as soon as the service answers." });
  }

  function troubleOf(error) {
    if (!navigator.onLine) return "You are offline.";
    if (error.status === undefined) return error.message;
    return `${error.title}.`;
  }

  function onRecovered() {
    hideBanner();
    showLive(isLive() ? "live" : "paused");
    if (shown) say("Connected again.");
  }

  function onRefused(error) {
    hideTable();
    hidePager();
    hideBanner();
    byId("range").textContent = "";
    setView("error");
    const told = refusalOf(error);
    if (told.boardIsGone) leaveBoard();
    redrawLists();
    say(told.title, { quiet: true });
    const wayOut = framed && !told.boardIsGone ? { label: "To the top", href: href(toBoard(state, state.board)) } : { label: "All boards", href: "/" };
    showMessage({ picture: "invader", errors: error.errors, actions: [wayOut], ...told });
  }

  function leaveBoard() {
    framed = false;
    document.body.dataset.framed = "false";
    document.title = "highscores";
    forgetBoard(state.board);
    hideCard();
  }

  /** A refusal in words for visitors, who cannot send a key from here; the service's own are for those who write programs. */
  function refusalOf(error) {
    if (error.is("unknown-board")) {
      return { boardIsGone: true, overline: "Game over", title: error.title, detail: `“${state.board}” is not here, or not any more.` };
    }
    if (error.status === 401 || error.status === 403) {
      return { boardIsGone: true, overline: "Locked", title: "This board is private", detail: "Its standings are not shown on this page." };
    }
    return { boardIsGone: false, overline: `Error ${error.status}`, title: error.title, detail: error.detail };
  }

  function friendsChanged() {
    if (!framed) return;
    drawFriends(catalogue.board, state);
    if (!shown) return;
    refreshStars(shown.entries);
    refreshSide(catalogue.board, state, signal);
  }
}
