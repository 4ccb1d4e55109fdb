// The page: reads the address, runs one session for what it names, and turns what the visitor does into addresses.
//
//   state.js address ⇄ state · api.js requests · catalogue.js boards and periods · session.js one view, kept current
//   feed.js asking again · changes.js what moved · side.js card and friends · view-*.js what is seen
//   fit.js what has room · exact.js numbers as they were sent
import { listMoreBoards, listOlderPeriods } from "./catalogue.js";
import { byId } from "./dom.js";
import { keepFitting } from "./fit.js";
import { addFriends, isPlayerId, onFriendsChange } from "./friends.js";
import { playerMeant } from "./seen.js";
import { startSession } from "./session.js";
import { href, readState, toLimit, toPeriod, toPlayer, toRegion, toTop } from "./state.js";
import { startClock } from "./times.js";
import { hideCard } from "./view-player.js";
import { showLive } from "./view-status.js";

let live = true;
let session = null;
let shown = null; // the state of the session

const sameDocument = (a, b) => ["board", "period", "region"].every((field) => a[field] === b[field]);

function show(state) {
  session?.stop();
  showFieldError("find-error", "");
  if (!shown || !sameDocument(shown, state) || shown.player !== state.player) hideCard();
  shown = state;
  session = startSession(state, {
    isLive: () => live,
    onBoardChosen: (chosen) => {
      shown = chosen;
      history.replaceState(null, "", href(chosen));
    },
  });
}

function go(state) {
  if (href(state) !== location.pathname + location.search) history.pushState(null, "", href(state));
  show(state);
}

const state = () => readState();

/** Links to other views are followed without loading the page anew; with a modifier key the browser has its way. */
function onClick(event) {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== "/" || url.hash) return;
  event.preventDefault();
  go(readState(url.search));
  if (link.closest("#pager")) byId("standings").scrollIntoView({ block: "start" });
}

function onSubmit(form, listener) {
  byId(form).addEventListener("submit", (event) => {
    event.preventDefault();
    listener();
  });
}

function showFieldError(id, text) {
  byId(id).hidden = !text;
  byId(id).textContent = text;
}

function find() {
  const text = byId("find-player").value.trim();
  if (!text) {
    go(toTop(state()));
    return;
  }
  const player = playerMeant(text);
  if (isPlayerId(player)) go(toPlayer(state(), player));
  else showFieldError("find-error", "Nobody of that name is in sight. Player ids have 1 to 128 letters, digits, and . _ @ : | + ~ = -");
}

function addToFriends() {
  const input = byId("friend-ids");
  const { refused, full } = addFriends(input.value);
  input.value = refused.join(", ");
  if (refused.length) showFieldError("friend-error", "These are no player ids: 1 to 128 letters, digits, and . _ @ : | + ~ = -");
  else showFieldError("friend-error", full ? "The list is full." : "");
}

/** Read more into a list by its button; when that fails the button is still there to try again. */
function onMore(button, read) {
  byId(button).addEventListener("click", async () => {
    byId(button).disabled = true;
    try {
      await read(new AbortController().signal);
      session.redrawLists();
    } catch (error) {
      if (!error.passing) throw error;
    } finally {
      byId(button).disabled = false;
    }
  });
}

function toggleLive() {
  live = !live;
  showLive(live ? "live" : "paused");
  if (live) session.now();
}

document.addEventListener("click", onClick);
window.addEventListener("popstate", () => {
  if (href(state()) !== href(shown)) show(state()); // else only the fragment changed: the skip link
});
onSubmit("find-form", find);
onSubmit("friend-form", addToFriends);
onSubmit("region-form", () => byId("region").blur());
byId("region").addEventListener("change", ({ target }) => {
  if (target.reportValidity()) go(toRegion(state(), target.value.trim().toLowerCase()));
});
byId("region-clear").addEventListener("click", () => {
  byId("region").value = "";
  go(toRegion(state(), null));
});
byId("past-period").addEventListener("change", ({ target }) => go(toPeriod(state(), target.value || null)));
byId("limit").addEventListener("change", ({ target }) => go(toLimit(state(), Number(target.value))));
byId("live").addEventListener("click", toggleLive);
byId("retry").addEventListener("click", () => session.now());
onMore("more-boards", listMoreBoards);
onMore("older-periods", listOlderPeriods);
onFriendsChange(() => session.friendsChanged());

keepFitting(byId("table"));
keepFitting(byId("friends"));
startClock();
show(state());
