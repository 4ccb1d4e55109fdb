"""Media types."""

import pytest

from highscores.domain.problems import ProblemError
from highscores.web.negotiation import require_json_answer, require_json_body


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
