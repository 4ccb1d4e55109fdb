"""What the person who types `make bench` may set, by environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

ROUNDS = 3
RATIO_ROUNDS = 9  # of short rounds, where two variants are close to each other
SECONDS_DEFAULT = 5.0
SECONDS_MIN, SECONDS_MAX = 0.5, 60.0
RUN_LIMIT_S = 870  # of all measurements at the default length, so that with start and end it is a quarter of an hour
RUN_LIMIT_LARGE_S = 3_600


@dataclass(frozen=True, slots=True)
class Settings:
    """`seconds` is the length of one round of one variant; `large` adds the board of ten million players."""

    seconds: float
    large: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Raise ValueError saying which variable is wrong."""
        text = environment.get("BENCH_SECONDS") or str(SECONDS_DEFAULT)
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if not SECONDS_MIN <= seconds <= SECONDS_MAX:
            raise ValueError(f"BENCH_SECONDS={text} must be a number from {SECONDS_MIN} to {SECONDS_MAX}")
        return cls(seconds, environment.get("BENCH_LARGE") == "1")

    @property
    def limit_s(self) -> int:
        """After so long the run ends, whatever it is waiting for."""
        base = RUN_LIMIT_LARGE_S if self.large else RUN_LIMIT_S
        return round(base * max(1.0, self.seconds / SECONDS_DEFAULT))
