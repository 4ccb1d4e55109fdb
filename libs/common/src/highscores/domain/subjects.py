"""What a command is about: a board, a player, a score of a player on a board, a document, or everything.

A subject is text that begins with its kind. No board's id holds a colon, so no two subjects have the same text.
"""

ALL = "all"


def of_board(board: str) -> str:
    return f"board:{board}"


def of_player(player: str) -> str:
    return f"player:{player}"


def of_score(board: str, player: str) -> str:
    return f"score:{board}:{player}"


def of_document(board: str, period: str | None, region: str | None) -> str:
    """Return the subject of the document that a client asks for in these words."""
    return ":".join(["document", board, period or "", (region or "").lower()])
