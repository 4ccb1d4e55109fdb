"""What the services tell about their work, whoever listens."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NewType, ParamSpec, Protocol, TypeVar

from highscores.domain.commands import Command, SubmitScore

App = Callable[[Any, Any, Any], Awaitable[None]]
Cause = NewType("Cause", object)  # something that work is done for, told to whoever does the rest of it later
CommandT = TypeVar("CommandT", bound=Command)
Given = ParamSpec("Given")
Result = TypeVar("Result")

# In an ASGI scope: the template of the route that answered, set by the application.
ROUTE = "highscores.route"


class Tracing(Protocol):
    """Only requests start a trace. All that follows belongs to one or is not traced."""

    def traced(self, app: App) -> App:
        """Return the ASGI application with a span around each request."""

    def creating(self, queue: str, command: SubmitScore) -> AbstractContextManager[SubmitScore]:
        """Around the way of one command into a message that it shares; gives the command as it is to be sent."""

    def sending(self, queue: str, commands: Sequence[CommandT]) -> AbstractContextManager[Sequence[CommandT]]:
        """Around the publishing of one message; gives the commands as they are to be sent."""

    def processing(self, queue: str, commands: Sequence[Command]) -> AbstractContextManager[None]:
        """Around the handling of one message."""

    def applying(self, queue: str, commands: Sequence[Command]) -> AbstractContextManager[None]:
        """Around the handling of many messages at once: a span for each request in it, and one for the batch."""

    def transaction(
        self, name: str, operation: Callable[Given, Awaitable[Result]]
    ) -> Callable[Given, Awaitable[Result]]:
        """Return the operation with a span around each time it is tried. `name` is one of few."""

    def cause(self) -> Cause | None:
        """Return what is being done now, for `catching_up`; None when it is not traced."""

    def catching_up(self, document: str, cause: Cause | None) -> AbstractContextManager[object]:
        """Around bringing a document up to date, because of `cause` or of what is being done now."""

    def trace_id(self) -> str | None:
        """Return the trace that is being worked for, as 32 hexadecimal digits."""

    def stop(self) -> None:
        """Send what is left, for a second at most."""
