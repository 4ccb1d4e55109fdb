"""One request of a run: sent, timed and counted."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from highscores_client.datagen.flight import Stop
from highscores_client.datagen.tally import Tally
from highscores_client.errors import HighscoresError, ProblemError

# With these every further request would be refused too: the key is wrong, or may not do this.
_KEY_REFUSED = frozenset({401, 403})

T = TypeVar("T")


async def counted(send: Callable[[], Awaitable[T]], scores: int, tally: Tally, stop: Stop) -> T | None:
    """Send, and count the scores as accepted, refused, given up, or unknown when cancelled before the answer."""
    tally.sent += scores
    started = time.perf_counter()
    try:
        answer = await send()
    except HighscoresError as error:
        tally.fail(scores, error)
        if isinstance(error, ProblemError) and error.status in _KEY_REFUSED:
            stop.ask("the service refuses the key")
        return None
    except BaseException:
        tally.unknown += scores
        raise
    tally.accept(scores, time.perf_counter() - started)
    return answer
