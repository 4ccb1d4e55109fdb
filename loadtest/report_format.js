// Numbers and words that the text and the page share.

export function integer(value) {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

export function rate(value) {
  return value >= 100 ? integer(value) : value.toFixed(1);
}

export function milliseconds(value) {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 100 ? `${integer(value)} ms` : `${value.toFixed(1)} ms`;
}

export function percentage(share) {
  return `${(share * 100).toFixed(share > 0 && share < 0.001 ? 4 : 2)} %`;
}

/** A threshold's value or limit, in its unit. */
export function quantity(value, unit) {
  if (unit === "ms") return milliseconds(value);
  return unit === "share" ? percentage(value) : integer(value);
}

export function seconds(value) {
  if (value < 60) return `${Math.round(value)} s`;
  const rest = Math.round(value % 60);
  return rest ? `${Math.floor(value / 60)} min ${rest} s` : `${Math.floor(value / 60)} min`;
}

/** What the expression asks for, as in "at most 250 ms". */
export function demand({ expression, limit, unit }) {
  const words = { "<=": "at most", ">=": "at least", ">": "more than", "<": "less than" };
  const [, percentile, comparison] = /^(?:p\((\d+)\)|\w+)(<=|>=|<|>)/.exec(expression);
  return `${percentile ? `p${percentile} ` : ""}${words[comparison]} ${quantity(limit, unit)}`;
}

/** One sentence on whether every score that was accepted counts once. */
export function ledgerSentence({ accepted, unknown, applied }) {
  const counts = `${integer(accepted)} scores were accepted, ${integer(applied)} have taken effect`;
  if (applied < accepted) return `${counts}: ${integer(accepted - applied)} are MISSING.`;
  if (applied > accepted + unknown) return `${counts}: ${integer(applied - accepted - unknown)} are TOO MANY.`;
  if (!unknown) return `${counts}: each once, none lost.`;
  return `${counts}; of ${integer(unknown)} more, nobody could tell: they may account for the difference.`;
}
