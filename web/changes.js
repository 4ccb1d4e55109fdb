// What moved between two answers of the same view. Pure.

/**
 * @param {Array} before  entries shown until now
 * @param {Array} after  entries to show
 * @returns {Map<string, {kind: "up"|"down"|"new"|"score", places: number, entry: Object}>}  by player
 */
export function changesBetween(before, after) {
  const old = new Map(before.map((entry) => [entry.player, entry]));
  const changes = new Map();
  for (const entry of after) {
    const known = old.get(entry.player);
    if (!known) changes.set(entry.player, { kind: "new", places: 0, entry });
    else if (known.rank !== entry.rank) {
      const kind = entry.rank < known.rank ? "up" : "down";
      changes.set(entry.player, { kind, places: Math.abs(entry.rank - known.rank), entry });
    } else if (known.score !== entry.score || String(known.subscores) !== String(entry.subscores)) changes.set(entry.player, { kind: "score", places: 0, entry });
  }
  return changes;
}
