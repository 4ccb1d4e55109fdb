// Who plays: a crowd of known players in which a few play a lot, and newcomers who are seen once.

const SCORE_MAX = 1_000_000;
const FRIENDS = 10;

export function playerName(number) {
  return `player-${number}`;
}

/** A player of the crowd; low numbers come more often. */
export function somePlayer(settings) {
  return playerName(Math.floor(Math.random() ** 2 * settings.players));
}

export function someFriends(settings) {
  return Array.from({ length: FRIENDS }, () => somePlayer(settings));
}

export function somePoints() {
  return Math.floor(Math.random() * SCORE_MAX);
}

export function someBoard(boards) {
  return boards[Math.floor(Math.random() * boards.length)];
}

export function someScore(settings, board) {
  return { board, player: somePlayer(settings), score: somePoints() };
}
