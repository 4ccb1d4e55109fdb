from collections.abc import Iterator

import pytest
from tests.unit.tracing.recorded import Recorded

from highscores import tracing


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    """Tracing is on, and keeps its spans."""
    kept = Recorded()
    with tracing.using(kept.tracing):
        yield kept
