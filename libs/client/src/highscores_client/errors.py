"""The errors that a caller of the client can meet. All else is a bug."""

from highscores_client.results import Problem


class HighscoresError(Exception):
    """The base of them all; its text is fit to be shown to people."""


class ProblemError(HighscoresError):
    """The service refused, and says why. `retry_after_s` is what it asked for when it did."""

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        return self.problem.status


class UnsendableError(HighscoresError, ValueError):
    """What was given cannot be sent as it was meant, such as a NaN or an empty idempotency key. Nobody was asked."""


class UnreachableError(HighscoresError):
    """No answer came, after all retries. A command may have taken effect once: repeat it with the same key."""


class UnexpectedAnswerError(HighscoresError):
    """An answer came that is not of this API: most likely the URL leads to another server."""


class NotReadyError(HighscoresError):
    """The job had not ended, or the version of a document not been reached, when the time to wait was over; it goes on.

    `job` is None for a version."""

    def __init__(self, job: str | None) -> None:
        super().__init__(f"job {job} has not ended yet" if job else "the version has not been reached yet")
        self.job = job
