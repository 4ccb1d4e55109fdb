"""What the end of a submission's job says."""

from collections.abc import Mapping
from typing import Any


def submission_result(
    document: str, versions: Mapping[str, int], improved: bool, score: int, previous: int | None
) -> dict[str, Any]:
    """Return the result of a submission's job; `score` is the player's standing after it, in that document.

    `versions` tells for each period of the board in which the submission counts by which version its pages show it.
    """
    return {"document": document, "versions": versions, "improved": improved, "score": score, "previous": previous}
