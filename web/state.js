// What is shown lives in the address, so a view can be shared, reloaded and gone back to.

export const PAGE_SIZES = [10, 25, 50, 100];
export const DEFAULT_PAGE_SIZE = 25;
const FIELDS = ["board", "period", "region", "player", "cursor"];

/** @returns {{board, period, region, player, cursor: string|null, limit: number}} */
export function readState(query = location.search) {
  const parameters = new URLSearchParams(query);
  const state = Object.fromEntries(FIELDS.map((field) => [field, parameters.get(field) || null]));
  const limit = Number(parameters.get("limit"));
  return { ...state, limit: PAGE_SIZES.includes(limit) ? limit : DEFAULT_PAGE_SIZE };
}

export function href(state) {
  const parameters = new URLSearchParams();
  for (const field of FIELDS) if (state[field]) parameters.set(field, state[field]);
  if (state.limit !== DEFAULT_PAGE_SIZE) parameters.set("limit", String(state.limit));
  const query = parameters.toString();
  return query ? `/?${query}` : "/";
}

const start = { period: null, region: null, player: null, cursor: null };
export const toBoard = (state, board) => ({ ...state, ...start, board });
export const toPeriod = (state, period) => ({ ...state, period, cursor: null });
export const toRegion = (state, region) => ({ ...state, region: region || null, cursor: null });
export const toPlayer = (state, player) => ({ ...state, player, cursor: null });
export const toCursor = (state, cursor) => ({ ...state, cursor });
export const toLimit = (state, limit) => ({ ...state, limit, cursor: null });
export const toTop = (state) => ({ ...state, player: null, cursor: null });
