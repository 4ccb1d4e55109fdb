// JSON whose numbers are as they were sent. JavaScript's own numbers are exact to 2^53; what a game keeps in its metadata
// may be larger, or have more digits.

const DIGITS_ALWAYS_EXACT = 15;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Parse JSON; a number that would not be exact becomes a string that holds it as it was written. */
export function parseExact(text) {
  return JSON.parse(text.replace(STRING_OR_NUMBER, (token) => (token[0] === '"' || isExact(token) ? token : `"${token}"`)));
}

function isExact(token) {
  if (token.length <= DIGITS_ALWAYS_EXACT || String(Number(token)) === token) return true;
  return token.replace(/[eE].*|\D/g, "").length <= DIGITS_ALWAYS_EXACT;
}
