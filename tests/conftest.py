"""What every folder of tests shares: the `servers` and `stack` fixtures, started on first use."""

import pytest

pytest_plugins = ["tests.servers", "tests.stack"]

DEFAULT_WORKERS = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--workers", type=int, default=DEFAULT_WORKERS, help="tests/faults: with so many workers (1, 2, 3)"
    )
