"""Who may read what: public boards anybody, private ones a key that may read."""

from highscores.domain.boards import Board
from highscores.ledger.reads import BoardRecord
from highscores.web.answers import Headers
from highscores.web.auth import Keys
from highscores.web.board_directory import BoardDirectory
from highscores.web.request_validation import is_board_id

_PUBLIC = (b"cache-control", b"public, max-age=1")
_PRIVATE = (b"cache-control", b"private, no-cache")
_BY_CALLER = (b"vary", b"Authorization")


def is_private(rules: Board) -> bool:
    return rules.visibility == "private"


def read_headers(*, private: bool) -> Headers:
    """Return what tells caches how long, and for whom, they may keep what a board answers."""
    return [_PRIVATE, _BY_CALLER] if private else [_PUBLIC]


def list_headers(*, with_private: bool) -> Headers:
    """The same for what is put together from several boards: others see another selection of them."""
    return [_PRIVATE if with_private else _PUBLIC, _BY_CALLER]


class Access:
    """Finds boards for those who may see them."""

    def __init__(self, boards: BoardDirectory, keys: Keys) -> None:
        self._boards = boards
        self._keys = keys

    async def find_board(self, board: str, authorization: bytes | None) -> BoardRecord | None:
        """Return the board, None when there is none; raise the 401 or 403 problem when the caller may not see it.

        What a caller sends to a public board is not looked at, so that its answers are the same for all.
        """
        record = await self._boards.find(board) if is_board_id(board) else None
        if record is not None and is_private(record.rules):
            (await self._keys.authenticate(authorization)).require("read")
        return record

    async def sees_private_boards(self, authorization: bytes | None) -> bool:
        """Tell whether lists show this caller private boards too; raise the 401 problem for a bad key."""
        caller = await self._keys.identify(authorization)
        return caller is not None and caller.may("read")
