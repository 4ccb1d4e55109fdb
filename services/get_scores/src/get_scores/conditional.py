"""Entity tags: the version of a document, and whether the client has it already (RFC 9110, 13.1.2)."""

_EMPTY = b'"0"'


def entity_tag(version: int) -> bytes:
    return b'"%d"' % version


def is_known(tag: bytes, if_none_match: bytes) -> bool:
    """Tell whether the header names this tag; weakly compared, as this header is.

    The tag of an empty document is never known: yesterday's and today's would be the same.
    """
    if tag == _EMPTY:
        return False
    if if_none_match == tag:
        return True
    candidates = [candidate.strip() for candidate in if_none_match.split(b",")]
    return candidates == [b"*"] or any(candidate.removeprefix(b"W/") == tag for candidate in candidates)
