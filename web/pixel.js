// Pixel art in the manner of the wordmark: digits, medals and the little figures of the empty states, from bitmaps.
import { svg } from "./dom.js";

const DIGITS = [
  "### #.# #.# #.# ###",
  ".#. ##. .#. .#. ###",
  "### ..# ### #.. ###",
  "### ..# ### ..# ###",
  "#.# #.# ### ..# ..#",
  "### #.. ### ..# ###",
  "### #.. ### #.# ###",
  "### ..# .#. .#. .#.",
  "### #.# ### #.# ###",
  "### #.# ### ..# ###",
];
const DIGIT_WIDTH = 3;
const DIGIT_HEIGHT = 5;

const RIBBON = ".##.....##. .##.....##. ..##...##.. ...##.##...";
const DISC = "...#####... ..#######.. .#########. .#########. .#########. .#########. .#########. ..#######.. ...#####...";
const DISC_TOP = 4;
const DIGIT_IN_DISC = { x: 4, y: 6 };

const FIGURES = {
  invader: "..#.....#.. ...#...#... ..#######.. .##.###.##. ########### #.#######.# #.#.....#.# ...##.##...",
  hourglass: "######### ##.....## .#.###.#. ..#.#.#.. ...#.#... ..#.#.#.. .#..#..#. ##.###.## #########",
  coin: "...####.... .##....##.. .#..##..#.. #...##...#. #...##...#. #...##...#. .#..##..#.. .##....##.. ...####....",
  plug: "...#...#... ...#...#... .#########. .#########. ..#######.. ...#####... .....#..... .....#..... ..####.....",
};

/** One SVG path of all the set cells, one run of cells per step. */
function pathOf(bitmap, left = 0, top = 0) {
  let path = "";
  bitmap.split(" ").forEach((row, y) => {
    for (const run of row.matchAll(/#+/g)) {
      path += `M${left + run.index} ${top + y}h${run[0].length}v1h-${run[0].length}z`;
    }
  });
  return path;
}

function picture(width, height, name, ...paths) {
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: `pixels ${name}`, "aria-hidden": "true", "shape-rendering": "crispEdges" },
    ...paths,
  );
}

/** A whole number ≥ 0 in pixel digits. Decoration: say the number beside it for those who can't see it. */
export function pixelNumber(number) {
  const digits = [...String(number)].map(Number);
  const step = DIGIT_WIDTH + 1;
  const path = digits.map((digit, index) => pathOf(DIGITS[digit], index * step)).join("");
  return picture(digits.length * step - 1, DIGIT_HEIGHT, "number", svg("path", { d: path, fill: "currentColor" }));
}

/** The medal of rank 1, 2 or 3. */
export function medal(rank) {
  return picture(
    11,
    13,
    "medal",
    svg("path", { d: pathOf(RIBBON), class: "medal-ribbon" }),
    svg("path", { d: pathOf(DISC, 0, DISC_TOP), class: "medal-disc" }),
    svg("path", { d: pathOf(DIGITS[rank], DIGIT_IN_DISC.x, DIGIT_IN_DISC.y), class: "medal-digit" }),
  );
}

export function figure(name) {
  const bitmap = FIGURES[name];
  const rows = bitmap.split(" ");
  return picture(rows[0].length, rows.length, name, svg("path", { d: pathOf(bitmap), fill: "currentColor" }));
}
