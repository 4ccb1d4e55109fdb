// What stands beside the table and comes from the same document: the card of the player looked for, and the friends.
import { friendsPath, readDocument, readPlayer, standingPath } from "./api.js";
import { titleOf } from "./catalogue.js";
import { friends } from "./friends.js";
import { showFriends } from "./view-friends.js";
import { hideCard, showCard, showMissing } from "./view-player.js";

const TOP_PLACES = 100; // to which a player below is told the distance

let asked = 0; // answers to older questions are dropped
let elsewhereOf = { player: null, standings: [] };
let placed = { document: null, entries: null, top: null }; // the friends' entries, and the last of the top places

const documentOf = ({ board, period, region }) => [board, period, region].join(":");

/** The friends with what is known of their places, at once. */
export function drawFriends(board, state) {
  const known = placed.document === documentOf(state);
  showFriends(known ? placed.entries : null, known ? placed.top : null, board, state);
}

/** Ask for both again. A passing failure changes nothing: the table's own feed tells of it, and asks again. */
export async function refreshSide(board, state, signal) {
  asked += 1;
  const mine = asked;
  const current = () => mine === asked && !signal.aborted;
  await Promise.all([
    state.player ? refreshCard(board, state, signal, current) : hideCard(),
    refreshFriends(board, state, signal, current),
  ]);
}

async function refreshCard(board, state, signal, current) {
  try {
    const { body } = await readDocument(standingPath(state, state.player, TOP_PLACES), { signal });
    const elsewhere = await otherStandings(state, signal);
    if (current()) showCard(body, TOP_PLACES, board, state, elsewhere, titleOf);
  } catch (error) {
    if (current() && error.status === 404) showMissing(state.player, state);
    else if (error.passing === undefined && !signal.aborted) throw error;
  }
}

/** The same player's all-time places on other boards: asked once per player, and done without when it fails. */
async function otherStandings({ board, player }, signal) {
  if (elsewhereOf.player !== player) {
    const body = await readPlayer(player, signal).catch(() => ({ standings: [] }));
    elsewhereOf = { player, standings: body.standings.filter(({ period, region }) => period.id === "all" && !region) };
  }
  return elsewhereOf.standings.filter((standing) => standing.board !== board);
}

/** The last of the top places and the score there, if a friend stands below it: asked of the first of those. */
async function lastOfTop(entries, state, signal) {
  const below = entries.find(({ rank }) => rank > TOP_PLACES);
  if (!below) return null;
  const { body } = await readDocument(standingPath(state, below.player, TOP_PLACES), { signal });
  return { place: TOP_PLACES, score: body.targets[0].score };
}

async function refreshFriends(board, state, signal, current) {
  drawFriends(board, state);
  const ids = friends();
  if (!ids.length) return;
  try {
    const { body } = await readDocument(friendsPath(state, ids), { signal });
    if (!current()) return;
    const top = await lastOfTop(body.entries, state, signal);
    if (!current()) return;
    placed = { document: documentOf(state), entries: body.entries, top };
    drawFriends(board, state);
  } catch (error) {
    if (error.passing === undefined && !signal.aborted) throw error;
  }
}
