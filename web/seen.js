// Players and regions seen on a board since the page was opened: suggestions for the two fields, nothing more.
const MAX_SEEN = 1_000;

let boardSeen = null;
const players = new Map(); // id → name
const regions = new Set();

/** @returns {boolean} whether anything was new */
export function remember(board, entries) {
  if (board !== boardSeen) {
    boardSeen = board;
    players.clear();
    regions.clear();
  }
  const before = players.size + regions.size;
  for (const { player, name, region } of entries) {
    if (players.size < MAX_SEEN) players.set(player, name ?? player);
    if (region && regions.size < MAX_SEEN) regions.add(region);
  }
  return players.size + regions.size > before;
}

export const seenPlayers = () => players;
export const seenRegions = () => regions;

/** The id meant by what was typed: an id, or the name of someone seen, in any case. */
export function playerMeant(text) {
  if (players.has(text)) return text;
  const wanted = text.toLowerCase();
  for (const [player, name] of players) if (name.toLowerCase() === wanted) return player;
  return text;
}
