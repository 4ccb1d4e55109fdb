"""Answers as they look, for the OpenAPI document."""

from litestar.openapi.datastructures import ResponseSpec

from highscores.web.accepted import Pending

_DAY = {
    "id": "2026-11-24",
    "kind": "day",
    "start": "2026-11-24T00:00:00.000000Z",
    "end": "2026-11-25T00:00:00.000000Z",
}
_ENTRY = {
    "rank": 1,
    "player": "ada",
    "name": "Ada",
    "score": 4200,
    "subscores": [3],
    "region": "eu",
    "achieved_at": "2026-11-24T09:30:00.123456Z",
    "metadata": {"level": 7},
}
_DOCUMENT = {"document": "arcade:2026-11-24", "board": "arcade", "period": _DAY}
_PAGE = {
    **_DOCUMENT,
    "region": None,
    "version": 1795512600123457,
    "total": 1,
    "entries": [_ENTRY],
    "next": None,
    "prev": None,
}
_STANDING = {**_DOCUMENT, "version": 1795512600123457, "total": 1, "percentile": 100.0, **_ENTRY}
_TARGETS = [{"target": "1", "score": 9000, "gap": 4800}, {"target": "percent:5", "score": 5100, "gap": 900}]
_LACKING = {**_STANDING, "total": 250, "percentile": 88.0, "rank": 31, "targets": _TARGETS}
_RANK = {
    **_DOCUMENT,
    "region": None,
    "version": 1795512600123457,
    "total": 251,
    "percentile": 87.64940239043824,
    "rank": 32,
    "score": 4200,
    "subscores": [3],
}
_BOARD = {
    "board": "arcade",
    "title": "Arcade",
    "order": "desc",
    "operator": "best",
    "subscores": [{"name": "lives left", "order": "desc"}],
    "ranks": "ordinal",
    "periods": ["all", "day"],
    "timezone": "Europe/Berlin",
    "seasons": [],
    "min": 0,
    "max": None,
    "unit": "points",
    "regions": True,
    "visibility": "public",
    "submit": "key",
    "current": {"all": "all", "day": "2026-11-24"},
    "players": 1,
    "submissions": 3,
    "active_at": "2026-11-24T09:30:00.123456Z",
}
_JOB = {"job": "161fbb8c-d9ea-8245-8473-04b7e2f6700a", "status": "queued"}

_BUILDING = ResponseSpec(
    Pending,
    generate_examples=False,
    description="The document is not in the cache and is being built: `Location` is the job. Or it has not reached the "
    "`version` that was asked for: then there is no job. `Retry-After` says when to ask again.",
)
_UNCHANGED = ResponseSpec(None, description="The standings have not changed since the version in `If-None-Match`.")
VERSIONED = "As of the version in `ETag`, which also tells ordinal from competition ranks."

# What a read of a document may answer besides the page.
DOCUMENT_RESPONSES = {202: _BUILDING, 304: _UNCHANGED}

# By status.
PAGE = {200: _PAGE, 202: _JOB}
STANDING = {200: _LACKING, 202: _JOB}
RANK = {200: _RANK, 202: _JOB}
BOARD = {200: _BOARD}
BOARDS = {200: {"boards": [_BOARD], "next": None}}
PERIODS = {200: {"periods": [{**_DAY, "document": "arcade:2026-11-24", "players": 1}], "next": None}}
PLAYER = {200: {"player": "ada", "standings": [_STANDING]}}
