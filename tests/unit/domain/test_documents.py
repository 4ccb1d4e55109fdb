"""Document ids split without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.documents import DocumentId


@given(
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True),
    st.sampled_from(["all", "2026-11-24", "2026-W48", "2026-11"]),
    st.none() | st.from_regex(r"[a-z0-9-]{1,16}", fullmatch=True),
)
def test_an_id_reads_back_as_it_was(board: str, period: str, region: str | None) -> None:
    document = DocumentId(board, period, region)
    assert DocumentId.parse(str(document)) == document


def test_the_forms() -> None:
    assert str(DocumentId("arcade", "all")) == "arcade:all"
    assert str(DocumentId("arcade", "all", "de")) == "arcade:all:de"


@pytest.mark.parametrize("text", ["", "arcade", ":", "arcade:", ":all", "arcade:all:", "a:b:c:d", "::"])
def test_what_has_not_two_or_three_parts_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="board:period"):
        DocumentId.parse(text)
