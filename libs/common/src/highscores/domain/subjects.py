"""What a command is about: a board, a score of a player on a board, or a document.

A subject is text that begins with its kind. No board's id holds a colon, so no two subjects have the same text.
"""


def of_board(board: str) -> str:
    return f"board:{board}"


def of_score(board: str, player: str) -> str:
    return f"score:{board}:{player}"


def of_document(board: str, period: str | None, region: str | None) -> str:
    """Return the subject of the document that a client asks for in these words."""
    return ":".join(["document", board, period or "", (region or "").lower()])
