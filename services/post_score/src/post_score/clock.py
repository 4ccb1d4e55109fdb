"""The time that commands are stamped with."""

import time


class Clock:
    """Microseconds since the Unix epoch, strictly increasing: no two commands of a process share an instant, so equal
    scores stand in the order in which they came.
    """

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        self._last = max(time.time_ns() // 1_000, self._last + 1)
        return self._last
