"""When its connection is lost, aiormq cancels those who wait for it, as if somebody had told them to end. Here this
becomes the error that it is.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aio_pika.exceptions import AMQPConnectionError


@contextmanager
def lost_connection_is_an_error() -> Iterator[None]:
    """Raise AMQPConnectionError for a cancellation that nobody has asked this task for; let any other pass."""
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise AMQPConnectionError("the connection was lost") from error
