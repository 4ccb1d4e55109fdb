"""Buckets: the parts into which the tables that grow can be distributed, each with all of a board's rows.

A statement of the hot path names one bucket, so that an engine that distributes tables by it sends the statement to the
one node that has the rows.
"""

from functools import lru_cache
from zlib import crc32


@lru_cache(maxsize=10_000)
def bucket_of(subject: str, buckets: int) -> int:
    """Return the bucket, from 0, of a board's id (or of another subject of commands)."""
    return crc32(subject.encode()) % buckets
