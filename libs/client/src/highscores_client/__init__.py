"""Python client of the highscores leaderboard service, on its public HTTP API only."""

from highscores_client.client import Client
from highscores_client.errors import (
    HighscoresError,
    NotReadyError,
    ProblemError,
    UnexpectedAnswerError,
    UnreachableError,
    UnsendableError,
)
from highscores_client.results import (
    Acceptance,
    Board,
    BoardPage,
    Entry,
    FieldError,
    Job,
    Page,
    PeriodPage,
    PeriodSpan,
    PlayerStandings,
    Problem,
    Rank,
    Standing,
    Submission,
    Target,
)
from highscores_client.retry import RetryPolicy

__all__ = [
    "Acceptance",
    "Board",
    "BoardPage",
    "Client",
    "Entry",
    "FieldError",
    "HighscoresError",
    "Job",
    "NotReadyError",
    "Page",
    "PeriodPage",
    "PeriodSpan",
    "PlayerStandings",
    "Problem",
    "ProblemError",
    "Rank",
    "RetryPolicy",
    "Standing",
    "Submission",
    "Target",
    "UnexpectedAnswerError",
    "UnreachableError",
    "UnsendableError",
]
