"""python -m bench [--against DIR] [measurement ...]: what `make bench` runs."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType

from tests.servers import REPOSITORY

from bench import comparison, report, side, wrk
from bench.context import Bench
from bench.ledger import Ledger
from bench.measurements import batches, build, page, ranks, scores, services, transactions, visible, worker, write
from bench.settings import SECONDS_DEFAULT, Settings
from bench.stack import bench_stack
from bench.table import Row
from bench.usage import Meter
from highscores_local import machine
from highscores_local.errors import StackError

# In the order of running: what fills the tables comes after what should find them small.
MEASUREMENTS: dict[str, Callable[[Bench], list[Row]]] = {
    "page": page.run,
    "write": write.run,
    "transactions": transactions.run,
    "worker": worker.run,
    "scores": scores.run,
    "batches": batches.run,
    "visible": visible.run,
    "ranks": ranks.run,
    "build": build.run,
    "services": services.run,
}
EXIT_INTERRUPTED = 130
EXIT_USAGE = 2
COMPARISON_LIMIT_S = 1_500  # of all measurements at the default length


class OutOfTimeError(Exception):
    """The run has reached its limit."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when all that was asked for was measured; whether the goals are met depends on the machine."""
    names, against = _chosen(arguments)
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _give_up)
    signal.signal(signal.SIGALRM, _out_of_time)
    try:
        machine.install(REPOSITORY, machine.missing_server_packages())
        wrk.install(REPOSITORY)
        if against is not None:
            signal.alarm(round(COMPARISON_LIMIT_S * max(1.0, settings.seconds / SECONDS_DEFAULT)))
            return comparison.compare(names, against)
        return _measure(names, settings)
    except (StackError, comparison.ComparisonError, OutOfTimeError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def _measure(names: Sequence[str], settings: Settings) -> int:
    rows: list[Row] = []
    failed: dict[str, str] = {}
    signal.alarm(settings.limit_s)
    deadline = time.monotonic() + settings.limit_s - 1.0  # the alarm rings after it
    with bench_stack() as stack, Ledger(stack.private) as ledger, closing(wrk.Wrk()) as generator:
        meter = Meter(stack.private.runner, {"wrk": lambda: generator.cpu_s, "bench": time.process_time})
        bench = Bench(settings, stack, ledger, generator, meter)
        for name in names:
            began = time.monotonic()
            if began >= deadline:
                failed[name] = "the time was over"
                continue
            print(f"{name} ...", end=" ", flush=True)
            try:
                rows += MEASUREMENTS[name](bench)
            except Exception as error:  # the other measurements can still be made
                failed[name] = f"{type(error).__name__}: {error}"
            print(f"{time.monotonic() - began:.0f} s" + (f", failed: {failed[name]}" if name in failed else ""))
        signal.alarm(0)
        report.publish(settings, rows, bench.rounds, meter.usages(), bench.remarks, failed)
    return 1 if failed else 0


def _chosen(arguments: Sequence[str] | None) -> tuple[list[str], Path | None]:
    """Return which measurements, and the checkout to compare with, if any."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure side by side on this machine; see bench/README.md."
    )
    parser.add_argument("measurement", nargs="*", help=f"which ones (all): {', '.join(MEASUREMENTS)}")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="DIR",
        help=f"compare with another checkout, after its bin/bootstrap; measurements: {', '.join(side.MEASUREMENTS)}",
    )
    chosen = parser.parse_args(arguments)
    against = chosen.against.resolve() if chosen.against else None
    if against is not None and not (against / ".venv" / "bin" / "python").exists():
        parser.error(f"{against} has no .venv: run bin/bootstrap there")
    known = list(side.MEASUREMENTS if against else MEASUREMENTS)
    if unknown := set(chosen.measurement) - set(known):
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return [name for name in known if name in chosen.measurement or not chosen.measurement], against


def _give_up(number: int, _: FrameType | None) -> None:
    """End through the `with` blocks, so that no process is left."""
    raise SystemExit(f"bench: ended by signal {number}")


def _out_of_time(_: int, __: FrameType | None) -> None:
    """End the measurement that is under way; what was measured before it is still reported."""
    raise OutOfTimeError("it was not over when the time was")


if __name__ == "__main__":
    sys.exit(main())
