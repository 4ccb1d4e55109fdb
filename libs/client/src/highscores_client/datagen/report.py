"""A run as people see it: a progress bar while it goes on, a summary at its end."""

import time
from collections import deque
from collections.abc import Callable, Iterable

import msgspec
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from highscores_client.datagen.tally import Tally
from highscores_client.text import printable

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


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one phase of a run, in numbers. What nobody waited for, or never happened, is None."""

    run: str
    phase: str
    stopped: str | None
    sent: int
    accepted: int
    refused: int
    given_up: int
    unanswered: int
    requests: int
    retried: int
    submitting_s: float
    p50_s: float | None
    p99_s: float | None
    late_s: float
    waiting_s: float | None
    done: int | None
    rejected: int | None
    not_ended: int | None
    first_refusal: str | None
    first_failure: str | None
    first_rejection: str | None


def result(tally: Tally, *, run_id: str, phase: str, stopped: str | None) -> RunResult:
    waited = tally.waiting_s is not None
    return RunResult(
        run=run_id,
        phase=phase,
        stopped=stopped,
        sent=tally.sent,
        accepted=tally.accepted,
        refused=tally.refused,
        given_up=tally.gave_up,
        unanswered=tally.unknown,
        requests=tally.requests,
        retried=tally.retried,
        submitting_s=round(tally.submitting_s, 3),
        p50_s=tally.latencies.quantile(0.5),
        p99_s=tally.latencies.quantile(0.99),
        late_s=round(tally.late_s, 3),
        waiting_s=None if tally.waiting_s is None else round(tally.waiting_s, 3),
        done=tally.done if waited else None,
        rejected=tally.rejected if waited else None,
        not_ended=tally.not_ended if waited else None,
        first_refusal=tally.first_refusal,
        first_failure=tally.first_failure,
        first_rejection=tally.first_rejection,
    )


def summary(tally: Tally, *, run_id: str, stopped: str | None) -> list[str]:
    """Return the lines that tell what became of the run."""
    first = f"accepted {tally.accepted:,} of {tally.sent:,} scores in {tally.submitting_s:.1f} s"
    first += f" ({_rate(tally.accepted, tally.submitting_s)})"
    lines = [f"{first}, {stopped}" if stopped else first]
    lines.append(
        f"refused {tally.refused:,}, given up {tally.gave_up:,}, retries {tally.retried:,}; "
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
