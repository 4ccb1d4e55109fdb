"""What the end of a job says."""

from typing import Any

from highscores.domain.documents import DocumentId
from highscores.domain.periods import Period


def submission_result(
    board: str, period: Period, *, previous: int | None, standing: int, improved: bool
) -> dict[str, Any]:
    """Return the result of a submission's job; `score` is the player's standing after it, in that document."""
    return {
        "document": str(DocumentId(board, period.id)),
        "improved": improved,
        "score": standing,
        "previous": previous,
    }
