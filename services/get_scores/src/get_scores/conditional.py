"""Entity tags: the version of a document, and whether the client has it already (RFC 9110, 13.1.2)."""

_EMPTY = (b'"0"', b'"0-competition"')


def entity_tag(version: int, *, shares_ranks: bool = False) -> bytes:
    """Return the tag of what a document says at this version.

    The kind of ranks is not in the document: a board may change it at any time, and the version stays. So the tag tells
    the two apart, and whoever has a page with the other ranks gets the new one.
    """
    return (b'"%d-competition"' if shares_ranks else b'"%d"') % version


def is_known(tag: bytes, if_none_match: bytes) -> bool:
    """Tell whether the header names this tag; weakly compared, as this header is.

    The tag of an empty document is never known: yesterday's and today's would be the same.
    """
    if tag in _EMPTY:
        return False
    if if_none_match == tag:
        return True
    candidates = [candidate.strip() for candidate in if_none_match.split(b",")]
    return candidates == [b"*"] or any(candidate.removeprefix(b"W/") == tag for candidate in candidates)
