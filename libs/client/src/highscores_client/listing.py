"""A table for a terminal of any width that never cuts a number.

Text folds onto further lines. Where even that leaves no room, each row is written downwards, one line for each of its
cells, as psql does in its expanded display.
"""

import textwrap
from collections.abc import Sequence

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

FOLDED_MIN = 12  # narrower than this, folded text is hard to read
HEADING_MIN = 12
BETWEEN = 2  # blanks between a heading and its cell in the downward form
FRAME_PER_COLUMN = 3  # a blank on either side of the cell, and one between columns


class Column(msgspec.Struct, frozen=True):
    """`folds` says whether the cells are text that may take several lines; numbers and times may not."""

    heading: str
    folds: bool = False
    right: bool = False
    style: str = ""


class Listing:
    """Rows of styled text under their columns; those in `marked` (by index) stand out."""

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
        if self._width_needed() <= options.max_width:
            yield self._side_by_side()
        else:
            yield from self._downwards(options.max_width)

    def _width_needed(self) -> int:
        needed = 1
        for index, column in enumerate(self._columns):
            longest = self._longest(index)
            needed += FRAME_PER_COLUMN + (min(longest, FOLDED_MIN) if column.folds else longest)
        return needed

    def _longest(self, index: int) -> int:
        """How wide the widest cell is, and no less than a line of the heading."""
        heading = max((Text(line).cell_len for line in self._heading_lines(index)), default=0)
        return max([heading, *(row[index].cell_len for row in self._rows)])

    def _heading_lines(self, index: int) -> list[str]:
        cells = max((row[index].cell_len for row in self._rows), default=0)
        return textwrap.wrap(self._columns[index].heading, max(cells, HEADING_MIN))

    def _side_by_side(self) -> Table:
        table = Table(title=self._title, caption=self.caption, box=SIMPLE_HEAD)
        for index, column in enumerate(self._columns):
            table.add_column(
                Text("\n".join(self._heading_lines(index))),
                justify="right" if column.right else "left",
                style=column.style,
                no_wrap=not column.folds,
                overflow="fold",
            )
        for index, row in enumerate(self._rows):
            table.add_row(*row, style=self._style(index))
        return table

    def _downwards(self, width: int) -> RenderResult:
        yield self._title
        unfolded = [index for index, column in enumerate(self._columns) if not column.folds]
        longest = max((row[index].cell_len for row in self._rows for index in unfolded), default=0)
        headings_width = max(HEADING_MIN, width - longest - BETWEEN)
        for index, row in enumerate(self._rows):
            record = Table.grid(padding=(0, BETWEEN))
            record.add_column(style="dim", overflow="fold", max_width=headings_width)
            record.add_column(overflow="fold")
            for column, cell in zip(self._columns, row, strict=True):
                if cell:
                    record.add_row(Text(column.heading), cell, style=self._style(index))
            yield Text()
            yield record
        yield Text(f"\n{self.caption}", style="italic dim")

    def _style(self, index: int) -> str:
        return "bold reverse" if index == self._marked else ""
