"""What browsers may do."""

import pytest

from highscores.web.cors import Cors, Policy

PREFLIGHT = {b"origin": b"https://any.example", b"access-control-request-method": b"GET"}


@pytest.mark.parametrize("origin", [None, b"https://any.example", b"https://game.example"])
def test_an_answer_to_a_read_is_the_same_for_all_so_that_it_can_be_cached(origin: bytes | None) -> None:
    assert (b"access-control-allow-origin", b"*") in Cors("reads", ("https://game.example",)).headers(origin)


def test_reads_are_for_everybody_but_without_keys() -> None:
    cors = Cors("reads", ("https://game.example",))
    answer = cors.preflight(PREFLIGHT)
    assert answer is not None
    allowed = dict(answer.headers)
    assert allowed[b"access-control-allow-methods"] == b"GET, HEAD"
    assert b"Authorization" not in allowed[b"access-control-allow-headers"]


@pytest.mark.parametrize("policy", ["reads", "commands"])
def test_what_browsers_and_libraries_add_of_their_own_is_allowed(policy: Policy) -> None:
    answer = Cors(policy, ("https://game.example",)).preflight({**PREFLIGHT, b"origin": b"https://game.example"})
    assert answer is not None
    allowed = {name.strip() for name in dict(answer.headers)[b"access-control-allow-headers"].lower().split(b",")}
    assert allowed >= {
        b"cache-control",
        b"pragma",
        b"x-requested-with",
        b"user-agent",
        b"traceparent",
        b"if-none-match",
        b"*",
    }


def test_a_listed_origin_may_send_its_key() -> None:
    answer = Cors("reads", ("https://game.example",)).preflight({**PREFLIGHT, b"origin": b"https://game.example"})
    assert answer is not None
    assert b"Authorization" in dict(answer.headers)[b"access-control-allow-headers"]


def test_commands_are_for_listed_origins_alone() -> None:
    cors = Cors("commands", ("https://game.example",))
    assert cors.preflight(PREFLIGHT) is None
    assert cors.headers(b"https://any.example") == [(b"vary", b"Origin")]


def test_what_is_no_preflight_is_for_the_framework() -> None:
    assert Cors("reads", ()).preflight({b"origin": b"https://any.example"}) is None
