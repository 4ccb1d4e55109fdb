"""A table for a terminal of any width that never cuts a number.

Text folds onto further lines, and what is optional is left out. Where even that leaves no room, each row is written
downwards, one line for each of its cells, as psql does in its expanded display.
"""

import textwrap
from collections.abc import Sequence

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

FOLDED_MIN = 12  # a word that is longer than this may be broken
HEADING_MIN = 12
BETWEEN = 2  # blanks between a heading and its cell in the downward form
FRAME_PER_COLUMN = 3  # a blank on either side of the cell, and one between columns
FRAME = 1


class Column(msgspec.Struct, frozen=True):
    """`folds` says whether the cells are text that may take several lines; numbers and times may not. An `optional`
    column is left out where that makes room for the others."""

    heading: str
    folds: bool = False
    right: bool = False
    optional: bool = False
    style: str = ""


class Listing:
    """Rows of styled text under their columns; the row `marked` (by index) stands out."""

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Text]],
        *,
        caption: str = "",
        marked: int | None = None,
    ) -> None:
        self.caption = caption
        self._title = Text(title, style="bold")
        self._columns = columns
        self._rows = rows
        self._marked = marked

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        everything = list(range(len(self._columns)))
        needed = [index for index in everything if not self._columns[index].optional]
        for indices in (everything, needed):
            room = options.max_width - FRAME - sum(FRAME_PER_COLUMN + self._least(index) for index in indices)
            if room >= 0:
                yield self._side_by_side(indices, self._widths(indices, room))
                return
        yield from self._downwards(options.max_width)

    def _longest(self, index: int) -> int:
        """How wide the widest cell of a column is, and no less than a line of its heading."""
        heading = max((Text(line).cell_len for line in self._heading_lines(index)), default=0)
        return max([heading, *(row[index].cell_len for row in self._rows)])

    def _least(self, index: int) -> int:
        """How wide a column must be: a number has room whole, of text the longest word, or a good part of it."""
        longest = self._longest(index)
        if not self._columns[index].folds:
            return longest
        words = [*self._heading_lines(index), *(word for row in self._rows for word in row[index].plain.split())]
        return min(longest, FOLDED_MIN, max((Text(word).cell_len for word in words), default=0))

    def _widths(self, indices: Sequence[int], room: int) -> dict[int, int]:
        """Share out what room is left to the columns that lack the most."""
        widths = {index: self._least(index) for index in indices}
        lacking = {index: self._longest(index) - widths[index] for index in indices}
        for _ in range(min(room, sum(lacking.values()))):
            index = max(lacking, key=lacking.__getitem__)
            widths[index] += 1
            lacking[index] -= 1
        return widths

    def _heading_lines(self, index: int) -> list[str]:
        cells = max((row[index].cell_len for row in self._rows), default=0)
        return textwrap.wrap(self._columns[index].heading, max(cells, HEADING_MIN))

    def _side_by_side(self, indices: Sequence[int], widths: dict[int, int]) -> Table:
        table = Table(title=self._title, caption=self.caption, box=SIMPLE_HEAD)
        for index in indices:
            column = self._columns[index]
            table.add_column(
                Text("\n".join(self._heading_lines(index))),
                justify="right" if column.right else "left",
                style=column.style,
                width=widths[index],
                overflow="fold",
            )
        for number, row in enumerate(self._rows):
            table.add_row(*(row[index] for index in indices), style=self._style(number))
        return table

    def _downwards(self, width: int) -> RenderResult:
        yield self._title
        unfolded = [index for index, column in enumerate(self._columns) if not column.folds]
        longest = max((row[index].cell_len for row in self._rows for index in unfolded), default=0)
        headings_width = max(HEADING_MIN, width - longest - BETWEEN)
        for number, row in enumerate(self._rows):
            record = Table.grid(padding=(0, BETWEEN))
            record.add_column(style="dim", overflow="fold", max_width=headings_width)
            record.add_column(overflow="fold")
            for column, cell in zip(self._columns, row, strict=True):
                if cell:
                    record.add_row(Text(column.heading), cell, style=self._style(number))
            yield Text()
            yield record
        yield Text(f"\n{self.caption}", style="italic dim")

    def _style(self, number: int) -> str:
        return "bold reverse" if number == self._marked else ""
