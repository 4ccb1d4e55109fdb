"""The end of a run: tables on the terminal, everything in a JSON file."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import table
from bench.settings import ROUNDS, Settings
from bench.table import Row
from bench.usage import Usage

RESULTS = Path(__file__).parent / "results"
CPU_INFO = Path("/proc/cpuinfo")


def publish(
    settings: Settings,
    rows: Sequence[Row],
    rounds: dict[str, list[float]],
    usages: dict[str, Usage],
    remarks: Sequence[str],
    failed: dict[str, str],
) -> None:
    """Print the tables and write the file; say where it is."""
    machine = _machine()
    print(f"\n{ROUNDS} rounds of {settings.seconds:g} s each, in turns; medians. {_text(machine)}\n")
    print(table.results(rows))
    print("\nProcessor: cores in use while measured (of which wrk and bench are the generators)\n")
    print(table.cores(usages))
    print("\nMemory: MB after the last round, shared pages counted once\n")
    print(table.memory(usages))
    for remark in remarks:
        print(f"\nNote: {remark}.")
    for name, reason in failed.items():
        print(f"\nNot measured: {name}: {reason}")
    at = datetime.now(UTC)
    document = {
        "at": at,
        "machine": machine,
        "seconds": settings.seconds,
        "rows": [{**msgspec.structs.asdict(row), "ratio": row.ratio, "met": row.met} for row in rows],
        "rounds": rounds,
        "usage": usages,
        "remarks": remarks,
        "failed": failed,
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{at:%Y-%m-%dT%H%M%SZ}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2))
    print(f"\nEvery round's figures: {file}")


def _machine() -> dict[str, object]:
    models = [line.partition(":")[2].strip() for line in CPU_INFO.read_text().splitlines() if "model name" in line]
    one, five, _ = os.getloadavg()
    return {
        "processors": os.cpu_count(),
        "model": models[0] if models else platform.machine(),
        "python": platform.python_version(),
        "system": platform.release(),
        "load": {"1 min": one, "5 min": five},
    }


def _text(machine: dict[str, object]) -> str:
    return f"{machine['processors']} x {machine['model']}, Python {machine['python']}, Linux {machine['system']}."
