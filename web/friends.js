// The visitor's own list of player ids. It stays in this browser; only ids are kept.

const KEY = "highscores.friends";
export const MAX_FRIENDS = 100; // what one request may ask for
const PLAYER_ID = /^(?![.]{1,2}$)[A-Za-z0-9._@:|+~=-]{1,128}$/;

export const isPlayerId = (text) => PLAYER_ID.test(text);

function load() {
  try {
    const saved = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(saved) ? saved.filter((id) => typeof id === "string" && isPlayerId(id)).slice(0, MAX_FRIENDS) : [];
  } catch {
    return []; // storage is blocked or holds something else
  }
}

let ids = load();
const listeners = new Set();

function change(next) {
  ids = next;
  try {
    localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // storage is blocked or full: the list lasts as long as the page
  }
  for (const listener of listeners) listener();
}

window.addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  ids = load(); // changed in another tab
  for (const listener of listeners) listener();
});

export const friends = () => ids;
export const isFriend = (player) => ids.includes(player);
export const onFriendsChange = (listener) => listeners.add(listener);
export const removeFriend = (player) => change(ids.filter((id) => id !== player));

/**
 * Add the ids in a text, separated by commas, semicolons or spaces.
 * @returns {{refused: string[], full: boolean}}  what is no player id, and whether the list had no room for all
 */
export function addFriends(text) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const refused = words.filter((word) => !isPlayerId(word));
  const all = [...new Set([...ids, ...words.filter(isPlayerId)])];
  change(all.slice(0, MAX_FRIENDS));
  return { refused, full: all.length > MAX_FRIENDS };
}

export function toggleFriend(player) {
  if (isFriend(player)) removeFriend(player);
  else addFriends(player);
}
