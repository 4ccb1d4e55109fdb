"""Media types."""

import pytest

from highscores.domain.problems import ProblemError
from highscores.web.negotiation import require_json_answer, require_json_body, require_plain_body


@pytest.mark.parametrize(
    "content_type",
    [b"application/json", b"Application/JSON", b"application/json; charset=utf-8", b'application/json;charset="UTF-8"'],
)
def test_json_is_taken(content_type: bytes) -> None:
    require_json_body(content_type)


@pytest.mark.parametrize(
    "content_type",
    [None, b"", b"text/plain", b"application/json; charset=latin-1", b"application/x-www-form-urlencoded", b"\xff"],
)
def test_all_else_is_415_and_says_what_is_taken(content_type: bytes | None) -> None:
    with pytest.raises(ProblemError) as raised:
        require_json_body(content_type)
    assert raised.value.problem.status == 415
    assert raised.value.headers == {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("content_type", "says"),
    [
        (None, "The header Content-Type is missing: it must be application/json."),
        (b"text/plain", "The header Content-Type says text/plain: it must be application/json."),
        (b"application/json; charset=latin-1", "The header Content-Type says another charset than utf-8."),
        (b"x" * 500, "The header Content-Type says " + "x" * 100 + ": it must be application/json."),
    ],
)
def test_a_415_says_what_is_wrong(content_type: bytes | None, says: str) -> None:
    with pytest.raises(ProblemError) as raised:
        require_json_body(content_type)
    assert raised.value.problem.detail == says


@pytest.mark.parametrize("coding", [None, b"", b"identity", b" Identity "])
def test_a_body_as_it_is_is_taken(coding: bytes | None) -> None:
    require_plain_body(coding)


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"identity, gzip", b"zstd", b"\xff"])
def test_a_compressed_body_is_415_and_told_to_come_as_it_is(coding: bytes) -> None:
    with pytest.raises(ProblemError) as raised:
        require_plain_body(coding)
    assert raised.value.problem.status == 415
    assert raised.value.problem.detail == "The body must come as it is, without a Content-Encoding."
    assert raised.value.headers == {"Accept-Encoding": "identity"}


@pytest.mark.parametrize(
    "accept",
    [
        None,
        b"",
        b"*/*",
        b"application/*",
        b"text/html, application/json;q=0.1",
        b"application/problem+json",
        b"*/*;q=0.05",
        b"*/*;q=0, application/json",
        b"application/*;q=0, application/json;q=0.001",
        b"application/json;charset=utf-8",
        b"Application/JSON ; Q=1.000",
        b"text/html, ,application/json",
        b'text/html;note="a,application/json;q=0", */*',
        b"application/json;q=high",
    ],
)
def test_json_is_acceptable(accept: bytes | None) -> None:
    require_json_answer(accept)


@pytest.mark.parametrize(
    "accept",
    [
        *(b"text/html", b"application/json;q=0", b"application/json; q=0.00", b"image/*", b"*/*;q=0"),
        *(b"application/json;q=0, */*", b"*/*, application/json ;Q=0.000", b"application/*;q=0, */*;q=1"),
        *(b'text/html;note="application/json, */*"', b"application/json;q=0, application/problem+json"),
    ],
)
def test_a_client_without_json_is_told_406(accept: bytes) -> None:
    with pytest.raises(ProblemError) as raised:
        require_json_answer(accept)
    assert raised.value.problem.status == 406
