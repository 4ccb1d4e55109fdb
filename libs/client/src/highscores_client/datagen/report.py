"""A run as people see it: a progress bar while it goes on, a summary at its end."""

import time
from collections import deque
from collections.abc import Callable, Iterable

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from highscores_client.datagen.tally import Tally
from highscores_client.tables import printable

REFRESHES_PER_S = 4
RATE_OVER_S = 5.0
LATE_WORTH_TELLING_S = 1.0


class _Counts(ProgressColumn):
    """The counts of the tally, whatever the bar itself counts."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally
        self._seen: deque[tuple[float, int]] = deque()

    def render(self, _task: Task) -> Text:
        tally = self._tally
        text = Text(f"{self._rate():,.0f}/s  accepted {tally.accepted:,}")
        text.append(f"  refused {tally.refused:,}", style="red" if tally.refused else "")
        text.append(f"  retried {tally.retried:,}", style="yellow" if tally.retried else "")
        text.append(f"  {latencies(tally)}", style="dim")
        return text

    def _rate(self) -> float:
        now = time.monotonic()
        self._seen.append((now, self._tally.accepted))
        while now - self._seen[0][0] > RATE_OVER_S:
            self._seen.popleft()
        (since, before), (_, after) = self._seen[0], self._seen[-1]
        return (after - before) / (now - since) if now > since else 0.0


class RunProgress(Progress):
    """The progress bar of a run; on a console that is no terminal it shows nothing."""

    def __init__(self, tally: Tally) -> None:
        console = Console(stderr=True)
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            _Counts(tally),
            console=console,
            disable=not console.is_terminal,
            refresh_per_second=REFRESHES_PER_S,
            transient=True,
        )

    def follow(self, what: str, done: Callable[[], float], *, total: float | None) -> None:
        """Add a bar that shows how much is done; without a total it only shows that it lives."""
        self.add_task(what, total=total, done=done)

    def get_renderables(self) -> Iterable[RenderableType]:
        # Asked for at each refresh: the run itself need not tell of every request.
        for task in self.tasks:
            self.update(task.id, completed=task.fields["done"]())
        return super().get_renderables()


def summary(tally: Tally, *, run_id: str, stopped: str | None) -> list[str]:
    """Return the lines that tell what became of the run."""
    first = f"accepted {tally.accepted:,} of {tally.sent:,} scores in {tally.submitting_s:.1f} s"
    first += f" ({_rate(tally.accepted, tally.submitting_s)})"
    lines = [f"{first}, {stopped}" if stopped else first]
    lines.append(
        f"refused {tally.refused:,}, given up {tally.gave_up:,}, retried {tally.retried:,} times; "
        f"{tally.requests:,} requests, {latencies(tally)}"
    )
    if tally.waiting_s is not None:
        whole = _rate(tally.ended, tally.submitting_s + tally.waiting_s)
        lines.append(
            f"jobs done {tally.done:,}, rejected {tally.rejected:,}, not ended {tally.not_ended:,}, "
            f"after {tally.waiting_s:.1f} s more ({whole} from the start)"
        )
    if tally.unknown:
        lines.append(f"unanswered {tally.unknown:,}: these may have been accepted")
    if tally.late_s > LATE_WORTH_TELLING_S:
        lines.append(f"up to {tally.late_s:.1f} s behind the rate: answers were slow, or --concurrency is too low")
    for what, text in (
        ("refusal", tally.first_refusal),
        ("failure", tally.first_failure),
        ("rejection", tally.first_rejection),
    ):
        if text:
            lines.append(f"first {what}: {printable(text)}")
    lines.append(f"run {run_id}")
    return lines


def latencies(tally: Tally) -> str:
    return f"p50 {_milliseconds(tally.latencies.quantile(0.5))}, p99 {_milliseconds(tally.latencies.quantile(0.99))}"


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds if seconds > 0 else 0.0:,.0f}/s"


def _milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
