"""Paths that could be folded into others."""

import pytest

from highscores.web.paths import is_plain


@pytest.mark.parametrize(
    "path",
    b"""
        / /v1/scores /docs/get_scores.json /v1/players/a.b /v1/players/... /v1/players/a%2Eb /v1/players/.a
        /v1/players/a.. /v1/players/%2e%2e%2e /v1/boards/%61rcade *
    """.split(),
)
def test_a_path_that_means_one_thing_is_plain(path: bytes) -> None:
    assert is_plain(path)


@pytest.mark.parametrize(
    "path",
    b"""
        // /v1/scores/ //v1/scores /v1//scores /v1/scores// /v1%2Fscores /v1/a%2fb /v1/. /v1/.. /v1/./scores
        /v1/x/../admin /v1/%2e%2E/admin /v1/.%2e /v1/%2E /../v1 /..
    """.split(),
)
def test_a_path_that_could_be_folded_is_not(path: bytes) -> None:
    assert not is_plain(path)
