"""Job ids: deterministic for a key, unguessable without, and known as ours by themselves."""

from itertools import product
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain import subjects
from highscores.domain.jobs import HORIZON_S, KINDS, MIN_SECRET_CHARACTERS, CommandName, JobIds, UnknownKindError

SECRET = "0123456789abcdef0123456789abcdef"
COMMANDS: tuple[CommandName, ...] = get_args(CommandName)
IDS = JobIds(SECRET)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_id_tells_its_command(command: CommandName) -> None:
    assert IDS.command_of(str(IDS.new(command))) == command
    assert IDS.command_of(str(IDS.for_key(command, "caller", "board:b", "key"))) == command


@pytest.mark.parametrize("command", COMMANDS)
def test_an_id_is_a_uuid_of_version_8(command: CommandName) -> None:
    job = IDS.new(command)
    assert (job.version, job.variant) == (8, "specified in RFC 4122")


@pytest.mark.parametrize("job", [IDS.new("submit-score"), IDS.for_key("delete-board", "caller", "board:b", "key")])
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
    job = IDS.for_key("submit-score", "caller", "board:b", "key")
    assert str(job).upper() != str(job)
    assert IDS.command_of(str(job).upper()) is None


def test_another_secret_does_not_know_it() -> None:
    other = JobIds(SECRET[::-1])
    assert other.command_of(str(IDS.new("submit-score"))) is None
    of_other, of_this = (ids.for_key("submit-score", "caller", "board:b", "key") for ids in (other, IDS))
    assert of_other != of_this


@given(st.text(min_size=1), st.text(min_size=1), st.integers(0, 999))
def test_the_same_key_gives_the_same_id(caller: str, key: str, index: int) -> None:
    again = JobIds(SECRET).for_key("submit-score", caller, "score:b:p", key, index)
    assert IDS.for_key("submit-score", caller, "score:b:p", key, index) == again


@given(st.text("01:", min_size=1, max_size=5))
def test_the_same_characters_cut_elsewhere_give_another_id(text: str) -> None:
    ends = range(len(text) + 1)
    cuts = [(text[:i], text[i:j], text[k:], text[j:k]) for i, j, k in product(ends, repeat=3) if i <= j <= k]
    parts = {
        (caller, subject, key, int(index))
        for caller, subject, key, index in cuts
        if index.isdecimal() and str(int(index)) == index
    }
    assert len({IDS.for_key("submit-score", *part) for part in parts}) == len(parts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (subjects.of_score("a", "p"), subjects.of_score("b", "p")),
        (subjects.of_score("a", "p"), subjects.of_score("a", "q")),
        (subjects.of_score("a", "p"), subjects.of_board("a")),
        (subjects.of_score("a", "b:p"), subjects.of_score("a", "p")),
        (subjects.of_document("a", "all", None), subjects.of_document("a", "all", "eu")),
        (subjects.of_document("a", None, "all"), subjects.of_document("a", "all", None)),
    ],
)
def test_a_key_for_another_subject_is_another_job(one: str, other: str) -> None:
    assert IDS.for_key("submit-score", "caller", one, "key") != IDS.for_key("submit-score", "caller", other, "key")


def test_kinds_are_numbered_for_good() -> None:
    """A number that has been given stands in ids out there. New kinds take new ones."""
    assert KINDS == {"submit-score": 0, "build-document": 1, "define-board": 2, "delete-board": 3}
    assert KINDS.keys() == set(COMMANDS)
    assert len(set(KINDS.values())) == len(KINDS)
    assert all(0 <= number < 32 for number in KINDS.values())


def test_the_command_is_part_of_the_id() -> None:
    assert len({IDS.for_key(command, "caller", "board:b", "key") for command in COMMANDS}) == len(COMMANDS)


def test_ids_without_a_key_do_not_repeat() -> None:
    assert len({IDS.new("submit-score") for _ in range(1_000)}) == 1_000


def test_ids_without_a_key_do_not_repeat_in_one_second_in_many_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor when a clock goes back."""
    for second in (1_000.0, 999.0, 1_000.0):
        monkeypatch.setattr("highscores.domain.jobs.time.time", lambda second=second: second)
        processes = [JobIds(SECRET) for _ in range(100)]
        assert len({ids.new("submit-score") for ids in processes for _ in range(100)}) == 10_000
    one = JobIds(SECRET)
    assert len({one.new("submit-score") for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize("now", [0, 1_793_534_400, 2**32 - 1, 2**32 + 5])
@pytest.mark.parametrize("age", [0, 1, HORIZON_S, HORIZON_S + 1, -1, -3_600])
def test_an_id_without_a_key_tells_its_age(monkeypatch: pytest.MonkeyPatch, now: int, age: int) -> None:
    """Also when the seconds have gone round meanwhile, and when the clock of its maker is ahead."""
    monkeypatch.setattr("highscores.domain.jobs.time.time", lambda: float(now - age))
    job = str(IDS.new("delete-board"))
    monkeypatch.setattr("highscores.domain.jobs.time.time", lambda: float(now))
    assert IDS.age_s(job) == age


def test_an_id_from_a_key_or_of_others_tells_no_age() -> None:
    keys = (str(IDS.for_key("submit-score", "caller", "score:b:p", f"key-{n}")) for n in range(100))
    assert {IDS.age_s(job) for job in keys} == {None}
    assert IDS.age_s(str(JobIds(SECRET[::-1]).new("submit-score"))) is None
    assert IDS.age_s("x") is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        JobIds("x" * (MIN_SECRET_CHARACTERS - 1))


def test_an_id_of_a_newer_version_is_authentic_and_of_an_unknown_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setitem(KINDS, "submit-score", 31)
        job = str(JobIds(SECRET).new("submit-score"))
    with pytest.raises(UnknownKindError):
        IDS.command_of(job)
    assert JobIds(SECRET[::-1]).command_of(job) is None
