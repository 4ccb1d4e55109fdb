"""k6, as the tests of the load test's pure parts run it: without a server."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

SCRIPT = Path(__file__).with_name("render.js")
TIMEOUT_S = 30
WRONG = "a wrong answer"

REQUIRED = {"BASE_URL": "http://board.test", "ADMIN_KEY": "admin", "SUBMIT_KEY": "submit"}


class Rendition(msgspec.Struct, frozen=True):
    plan: dict[str, Any]
    report: dict[str, Any]
    html: str
    text: str


def run(environment: dict[str, str], data: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    if shutil.which("k6") is None:
        pytest.fail("k6 is not on the PATH: `make scripts` installs it", pytrace=False)
    return subprocess.run(
        ["k6", "run", "--quiet", "--no-usage-report", "--address", "", str(SCRIPT)],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "DATA": json.dumps(data or summary()), **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def render(data: dict[str, Any], **environment: str) -> Rendition:
    result = run({**REQUIRED, **environment}, data)
    assert result.returncode == 0, result.stderr
    return msgspec.json.decode(result.stdout, type=Rendition)


def summary(*, accepted: int = 0, unknown: int = 0, applied: int = 0, run: str = "run") -> dict[str, Any]:
    """What k6 hands over at the end of a run with these counts, in which one check failed once."""

    def counter(count: int, **thresholds: bool) -> dict[str, Any]:
        return {"contains": "default", "values": {"count": count, "rate": 0}, "thresholds": _told(thresholds)}

    p99 = {"count": 3, "min": 1, "med": 2, "p(95)": 30, "p(99)": 600, "max": 700}
    return {
        "setup_data": {"run": run, "boards": ["one"], "startedAt": "2026-11-24T00:00:00.000Z"},
        "state": {"testRunDurationMs": 70_000},
        "root_group": {"checks": [{"name": WRONG, "passes": 2, "fails": 1}]},
        "metrics": {
            "scores_accepted": counter(accepted),
            "scores_unknown": counter(unknown),
            "scores_applied": counter(applied),
            "scores_missing": counter(accepted - applied, **{"count<=0": accepted <= applied}),
            "time_score": {"contains": "time", "values": p99, "thresholds": _told({"p(99)<=500": False})},
            "failed_score": {"contains": "default", "values": {"rate": 0.25, "passes": 1, "fails": 3}},
        },
    }


def _told(thresholds: dict[str, bool]) -> dict[str, dict[str, bool]]:
    return {expression: {"ok": ok} for expression, ok in thresholds.items()}
