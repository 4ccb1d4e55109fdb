// The list of boards to choose from.
import { byId, el } from "./dom.js";
import { plural } from "./format.js";
import { href, toBoard } from "./state.js";

/** @param {Array} boards  those read so far; the chosen one is listed even when it is further down */
export function showBoards(boards, chosen, state, hasMore) {
  const listed = chosen && !boards.some(({ board }) => board === chosen.board) ? [chosen, ...boards] : boards;
  const items = listed.map((board) => {
    const current = board.board === state.board;
    return el(
      "li",
      {},
      el(
        "a",
        { href: href(toBoard(state, board.board)), "aria-current": current ? "page" : null, data: { board: board.board } },
        el("strong", {}, board.title),
        el("span", {}, plural(board.players, "player")),
      ),
    );
  });
  const list = byId("board-list");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.board : null;
  list.replaceChildren(...items);
  const again = [...list.querySelectorAll("a")].find((link) => link.dataset.board === focused);
  again?.focus({ preventScroll: true });
  byId("more-boards").hidden = !hasMore;
}

/** On a phone the list is a strip: bring the chosen board into it. */
export function revealChosenBoard() {
  const link = byId("board-list").querySelector("[aria-current]");
  const strip = byId("board-list");
  if (link && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = link.offsetLeft - strip.offsetLeft;
}
