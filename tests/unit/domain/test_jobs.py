"""Job ids: deterministic for a key, unguessable without, and known as ours by themselves."""

from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.jobs import MIN_SECRET_CHARACTERS, CommandName, JobIds

SECRET = "0123456789abcdef0123456789abcdef"
COMMANDS: tuple[CommandName, ...] = get_args(CommandName)
IDS = JobIds(SECRET)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_id_tells_its_command(command: CommandName) -> None:
    assert IDS.command_of(str(IDS.new(command))) == command
    assert IDS.command_of(str(IDS.for_key(command, "caller", "key"))) == command


@pytest.mark.parametrize("command", COMMANDS)
def test_an_id_is_a_uuid_of_version_8(command: CommandName) -> None:
    job = IDS.new(command)
    assert (job.version, job.variant) == (8, "specified in RFC 4122")


@pytest.mark.parametrize("job", [IDS.new("submit-score"), IDS.for_key("delete-board", "caller", "key")])
def test_every_flipped_bit_is_noticed(job: UUID) -> None:
    assert [bit for bit in range(128) if IDS.command_of(str(UUID(int=job.int ^ 1 << bit)))] == []


@given(st.uuids(version=4) | st.integers(0, 2**128 - 1).map(lambda value: UUID(int=value)))
def test_a_made_up_id_is_not_ours(job: UUID) -> None:
    assert IDS.command_of(str(job)) is None


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    assert IDS.command_of(text) is None


@pytest.mark.parametrize("form", ["{0.hex}", "{{{0}}}", "urn:uuid:{0}", " {0}", "{0}\n"])
def test_only_the_canonical_form_is_an_id(form: str) -> None:
    assert IDS.command_of(form.format(IDS.new("submit-score"))) is None


def test_upper_case_is_another_form() -> None:
    job = IDS.for_key("submit-score", "caller", "key")
    assert str(job).upper() != str(job)
    assert IDS.command_of(str(job).upper()) is None


def test_another_secret_does_not_know_it() -> None:
    other = JobIds(SECRET[::-1])
    assert other.command_of(str(IDS.new("submit-score"))) is None
    assert other.for_key("submit-score", "caller", "key") != IDS.for_key("submit-score", "caller", "key")


@given(st.text(min_size=1), st.text(min_size=1), st.integers(0, 999))
def test_the_same_key_gives_the_same_id(caller: str, key: str, index: int) -> None:
    again = JobIds(SECRET).for_key("submit-score", caller, key, index)
    assert IDS.for_key("submit-score", caller, key, index) == again


@given(st.text("01:", min_size=1, max_size=6))
def test_the_same_characters_cut_elsewhere_give_another_id(text: str) -> None:
    cuts = [(text[:i], text[i:j], text[j:]) for i in range(len(text) + 1) for j in range(i, len(text) + 1)]
    parts = {(caller, key, int(index)) for caller, index, key in cuts if index.isdecimal() and str(int(index)) == index}
    assert len({IDS.for_key("submit-score", *part) for part in parts}) == len(parts)


def test_the_command_is_part_of_the_id() -> None:
    assert len({IDS.for_key(command, "caller", "key") for command in COMMANDS}) == len(COMMANDS)


def test_ids_without_a_key_do_not_repeat() -> None:
    assert len({IDS.new("submit-score") for _ in range(1_000)}) == 1_000


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        JobIds("x" * (MIN_SECRET_CHARACTERS - 1))
