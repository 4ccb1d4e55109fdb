"""Checkpoints, keys and cursors as texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.documents.checkpoint import VERSION_DIGITS, Checkpoint
from highscores.documents.cursor import Cursor
from highscores.documents.keys import DocumentKey, redis_keys
from highscores.domain.documents import DocumentId

players = st.from_regex(r"[A-Za-z0-9._@:|+~=-]{1,128}", fullmatch=True).filter(lambda text: text not in {".", ".."})


@given(st.integers(0, 10**VERSION_DIGITS - 1), st.none() | players)
def test_a_checkpoint_reads_back_as_it_was(version: int, player: str | None) -> None:
    checkpoint = Checkpoint(version, player)
    assert Checkpoint.parse(str(checkpoint)) == checkpoint


@pytest.mark.parametrize("text", ["", ":ann", "-1", "1.0", "\N{SUPERSCRIPT TWO}", "1" * (VERSION_DIGITS + 1)])
def test_other_texts_are_no_checkpoints(text: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        Checkpoint.parse(text)


@given(st.integers(0, 10**18 - 1), st.sampled_from([None, "de"]))
def test_a_key_reads_back_as_it_was(number: int, region: str | None) -> None:
    key = DocumentKey(number, DocumentId("arcade", "all", region))
    assert DocumentKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "text", ["", "arcade:all", "1", "1:", "1:arcade", "-1:arcade:all", "\u0663:a:all", "1:a:b:c:d"]
)
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(ValueError, match="board:period"):
        DocumentKey.parse(text)


def test_the_keys_in_redis_carry_form_and_number_and_share_a_slot() -> None:
    key = DocumentKey(7, DocumentId("arcade", "all", "de"))
    assert redis_keys(key) == [f"{{2:7:arcade:all:de}}:{part}" for part in ("rank", "player", "meta")]
    assert redis_keys(key, new=True) == [f"{{2:7:arcade:all:de}}:new:{part}" for part in ("rank", "player", "meta")]


@given(st.from_regex(r"[!-9;-~]{1,128}", fullmatch=True), players)
def test_a_cursor_of_any_tie_break_and_player_reads_back_as_it_was(tie_break: str, player: str) -> None:
    cursor = Cursor("a" * 63 + ":2026-11-24:" + "b" * 16, "before", "-9007199254740991", tie_break, player)
    assert Cursor.decode(cursor.encode()) == cursor
