"""If-None-Match, in every form of RFC 9110."""

import pytest

from get_scores.conditional import entity_tag, is_known

TAG = entity_tag(1795)


@pytest.mark.parametrize("header", [b'"1795"', b'W/"1795"', b'"1", "1795"', b'"1",W/"1795" , "2"', b"*", b" * "])
def test_known(header: bytes) -> None:
    assert is_known(TAG, header)


@pytest.mark.parametrize("header", [b'"1796"', b"1795", b'"17"', b'w/"1795"', b"", b'"*"', b'"1795', b'*, "1"'])
def test_unknown(header: bytes) -> None:
    assert not is_known(TAG, header)
