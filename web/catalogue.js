// The boards, and what is known of the chosen one. Read when needed, kept while the page is open.
import { readActiveBoards, readBoard, readBoards, readPeriods } from "./api.js";

const FACTS_MAX_AGE_MS = 10_000;
const ACTIVE_BOARDS = 25;

const catalogue = { boards: [], moreBoards: false, next: null, listedAt: null, board: null, readAt: 0, periods: [], morePeriods: null };
export { catalogue };

export const titleOf = (id) => catalogue.boards.find(({ board }) => board === id)?.title ?? id;

/** The boards on which something happened lately come first. */
export async function listBoards(signal) {
  if (catalogue.listedAt !== null) return;
  const { boards } = await readActiveBoards(ACTIVE_BOARDS, signal);
  Object.assign(catalogue, { boards, moreBoards: boards.length === ACTIVE_BOARDS });
  if (boards.length) catalogue.listedAt = Date.now(); // with none yet, look again
}

/** Then all others, page by page, until a page has some that are not listed yet. */
export async function listMoreBoards(signal) {
  const known = new Set(catalogue.boards.map(({ board }) => board));
  let added = [];
  do {
    const page = await readBoards(catalogue.next, signal);
    added = page.boards.filter(({ board }) => !known.has(board));
    catalogue.boards.push(...added);
    Object.assign(catalogue, { next: page.next, moreBoards: page.next !== null });
  } while (catalogue.moreBoards && !added.length);
}

/** Make `id` the chosen board. The list holds whole boards: while it is fresh they need no requests of their own. */
export async function chooseBoard(id, signal) {
  if (catalogue.board?.board === id) return;
  const fresh = Date.now() - catalogue.listedAt < FACTS_MAX_AGE_MS;
  const listed = fresh ? catalogue.boards.find(({ board }) => board === id) : undefined;
  const [board, page] = await Promise.all([listed ?? readBoard(id, signal), readPeriods(id, null, signal)]);
  take(board, page);
}

/** Read the chosen board and its periods again: a day or week has begun, so they have other names now. */
export async function rereadBoard(signal) {
  const { board: id } = catalogue.board;
  const [board, page] = await Promise.all([readBoard(id, signal), readPeriods(id, null, signal)]);
  if (catalogue.board?.board === id) take(board, page);
}

function take(board, page) {
  Object.assign(catalogue, { board, readAt: Date.now(), periods: page.periods, morePeriods: page.next });
  catalogue.boards = catalogue.boards.map((listed) => (listed.board === board.board ? board : listed));
}

/** Whether the counts of the chosen board were read again: not more often than they are worth. */
export async function refreshBoard(signal) {
  if (Date.now() - catalogue.readAt < FACTS_MAX_AGE_MS) return false;
  catalogue.readAt = Date.now();
  const board = await readBoard(catalogue.board.board, signal);
  if (catalogue.board?.board !== board.board || signal.aborted) return false; // another was chosen meanwhile
  catalogue.board = board;
  catalogue.boards = catalogue.boards.map((listed) => (listed.board === board.board ? board : listed));
  return true;
}

/** Take a board out that cannot be shown any more: it was deleted, or made private. */
export function forgetBoard(id) {
  catalogue.boards = catalogue.boards.filter(({ board }) => board !== id);
  if (!catalogue.boards.length) catalogue.listedAt = null;
  if (catalogue.board?.board === id) catalogue.board = null;
}

export async function listOlderPeriods(signal) {
  const page = await readPeriods(catalogue.board.board, catalogue.morePeriods, signal);
  catalogue.periods.push(...page.periods);
  catalogue.morePeriods = page.next;
}
