"""The twin that listens to nobody. It stands on the hottest paths, so it makes nothing that it need not."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from highscores.domain.commands import Command, SubmitScore
from highscores.tracing.interface import App, Cause, CommandT, Given, Result

_NOTHING: nullcontext[None] = nullcontext()  # may be entered any number of times


class NoTracing:
    def traced(self, app: App) -> App:
        return app

    def creating(self, queue: str, command: SubmitScore) -> AbstractContextManager[SubmitScore]:  # noqa: ARG002
        return nullcontext(command)

    def sending(
        self,
        queue: str,  # noqa: ARG002
        commands: Sequence[CommandT],
    ) -> AbstractContextManager[Sequence[CommandT]]:
        return nullcontext(commands)

    def processing(self, queue: str, commands: Sequence[Command]) -> AbstractContextManager[None]:  # noqa: ARG002
        return _NOTHING

    def applying(self, queue: str, commands: Sequence[Command]) -> AbstractContextManager[None]:  # noqa: ARG002
        return _NOTHING

    def transaction(
        self,
        name: str,  # noqa: ARG002
        operation: Callable[Given, Awaitable[Result]],
    ) -> Callable[Given, Awaitable[Result]]:
        return operation

    def cause(self) -> Cause | None:
        return None

    def catching_up(self, document: str, cause: Cause | None) -> AbstractContextManager[None]:  # noqa: ARG002
        return _NOTHING

    def trace_id(self) -> str | None:
        return None

    def stop(self) -> None:
        """There is nothing to send."""
