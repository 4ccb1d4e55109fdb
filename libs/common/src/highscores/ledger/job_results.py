"""What the end of a submission's job says."""

from typing import Any


def submission_result(document: str, improved: bool, score: int, previous: int | None) -> dict[str, Any]:
    """Return the result of a submission's job; `score` is the player's standing after it, in that document."""
    return {"document": document, "improved": improved, "score": score, "previous": previous}
