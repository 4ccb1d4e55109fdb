"""If-None-Match, in every form of RFC 9110."""

import pytest

from get_scores.conditional import entity_tag, is_known

TAG = entity_tag(1795)
SHARED_RANKS_TAG = entity_tag(1795, shares_ranks=True)


@pytest.mark.parametrize("header", [b'"1795"', b'W/"1795"', b'"1", "1795"', b'"1",W/"1795" , "2"', b"*", b" * "])
def test_known(header: bytes) -> None:
    assert is_known(TAG, header)


@pytest.mark.parametrize("header", [b'"1796"', b"1795", b'"17"', b'w/"1795"', b"", b'"*"', b'"1795', b'*, "1"'])
def test_unknown(header: bytes) -> None:
    assert not is_known(TAG, header)


def test_a_page_with_the_other_kind_of_ranks_is_not_known() -> None:
    assert not is_known(SHARED_RANKS_TAG, TAG)
    assert not is_known(TAG, SHARED_RANKS_TAG)
    assert is_known(SHARED_RANKS_TAG, SHARED_RANKS_TAG)
    assert not is_known(entity_tag(0, shares_ranks=True), entity_tag(0, shares_ranks=True))
