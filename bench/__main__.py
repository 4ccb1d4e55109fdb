"""python -m bench [measurement ...]: what `make bench` runs."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from types import FrameType

from tests.servers import REPOSITORY

from bench import report, wrk
from bench.context import Bench
from bench.ledger import Ledger
from bench.measurements import batches, build, page, ranks, scores, services, visible, worker, write
from bench.settings import Settings
from bench.stack import bench_stack
from bench.table import Row
from bench.usage import Meter
from highscores_local import machine
from highscores_local.errors import StackError

# In the order of running: what fills the tables comes after what should find them small.
MEASUREMENTS: dict[str, Callable[[Bench], list[Row]]] = {
    "page": page.run,
    "write": write.run,
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


class OutOfTimeError(Exception):
    """The run has reached its limit."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when all that was asked for was measured; whether the goals are met depends on the machine."""
    names = _chosen(arguments)
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
        return _measure(names, settings)
    except StackError as error:
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


def _chosen(arguments: Sequence[str] | None) -> list[str]:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure side by side on this machine; see bench/README.md."
    )
    parser.add_argument("measurement", nargs="*", help=f"which ones (all): {', '.join(MEASUREMENTS)}")
    wanted = parser.parse_args(arguments).measurement
    if unknown := set(wanted) - set(MEASUREMENTS):
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    return [name for name in MEASUREMENTS if name in wanted or not wanted]


def _give_up(number: int, _: FrameType | None) -> None:
    """End through the `with` blocks, so that no process is left."""
    raise SystemExit(f"bench: ended by signal {number}")


def _out_of_time(_: int, __: FrameType | None) -> None:
    """End the measurement that is under way; what was measured before it is still reported."""
    raise OutOfTimeError("it was not over when the time was")


if __name__ == "__main__":
    sys.exit(main())
