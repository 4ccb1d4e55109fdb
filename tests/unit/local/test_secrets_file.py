import subprocess
from dataclasses import fields
from pathlib import Path

from highscores_local.secrets_file import Secrets, load_or_create, read_assignments, write_assignments


def test_secrets_are_made_once_and_read_by_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"

    first = load_or_create(file)

    assert load_or_create(file) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert len({getattr(first, field.name) for field in fields(Secrets)}) == len(fields(Secrets))


def test_a_secret_that_a_newer_version_wants_is_added_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    first = load_or_create(file)
    known = read_assignments(file)
    del known["job_secret"]
    write_assignments(file, known)

    second = load_or_create(file)

    assert second.rabbitmq == first.rabbitmq
    assert second.job_secret != first.job_secret
    assert load_or_create(file) == second


def test_a_value_may_hold_an_equals_sign(tmp_path: Path) -> None:
    file = tmp_path / "x.env"

    write_assignments(file, {"A": "b=c="})

    assert read_assignments(file) == {"A": "b=c="}


def test_an_exported_value_reaches_the_programs_of_a_shell_and_is_read_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "keys.env"

    write_assignments(file, {"HIGHSCORES_TEST": "a=b"}, exported=True)

    told = subprocess.run(["sh", "-c", f". {file}; env"], capture_output=True, text=True, check=True, timeout=10)
    assert "HIGHSCORES_TEST=a=b" in told.stdout.splitlines()
    assert read_assignments(file) == {"HIGHSCORES_TEST": "a=b"}
