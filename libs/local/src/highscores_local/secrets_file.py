"""Passwords of one stack: made once, kept in a file that only its owner reads, never printed."""

import secrets
from dataclasses import dataclass, fields
from pathlib import Path

SECRET_BYTES = 24
PRIVATE_MODE = 0o600
EXPORT = "export "


@dataclass(frozen=True, slots=True)
class Secrets:
    """Every password by its use; URL-safe text, so that none needs quoting in a settings file."""

    postgres_superuser: str
    postgres_owner: str
    postgres_writer: str
    postgres_reader: str
    rabbitmq: str
    erlang_cookie: str
    redis_jobs: str
    redis_documents: str
    supervisor: str
    job_secret: str

    @classmethod
    def generate(cls) -> "Secrets":
        return cls(**{field.name: secrets.token_urlsafe(SECRET_BYTES) for field in fields(cls)})


def load_or_create(file: Path) -> Secrets:
    """The secrets in `file`; whichever are missing (a newer version may want more) are made and written back."""
    known = read_assignments(file)
    made = Secrets.generate()
    merged = Secrets(**{field.name: known.get(field.name, getattr(made, field.name)) for field in fields(Secrets)})
    assignments = {field.name: getattr(merged, field.name) for field in fields(Secrets)}
    if known != assignments:
        write_assignments(file, assignments)
    return merged


def read_assignments(file: Path) -> dict[str, str]:
    """NAME=value lines, exported or not; an absent file is an empty one."""
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix(EXPORT).split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def write_assignments(file: Path, assignments: dict[str, str], *, exported: bool = False) -> None:
    """Replace `file` as a whole: a run that is cut short leaves the old one. `exported`: a shell that reads the file
    hands the values to the programs that it starts.
    """
    prefix = EXPORT if exported else ""
    temporary = file.with_name(f".{file.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=PRIVATE_MODE)
    temporary.write_text("".join(f"{prefix}{name}={value}\n" for name, value in assignments.items()), encoding="utf-8")
    temporary.replace(file)
