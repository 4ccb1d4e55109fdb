"""Where Debian and Ubuntu put the programs that we start; some of them are not on an ordinary user's PATH."""

import shutil
from pathlib import Path

from highscores_local.errors import StackError

SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")
POSTGRES_VERSIONS = Path("/usr/lib/postgresql")
RABBITMQ_DIRECTORY = Path("/usr/lib/rabbitmq/bin")
OLDEST_POSTGRES = 14


def find(name: str) -> Path | None:
    """The program `name`, from the PATH or the usual directories."""
    found = shutil.which(name) or shutil.which(name, path=":".join(SYSTEM_DIRECTORIES))
    return Path(found) if found else None


def find_postgres(name: str, version: int | None = None) -> Path | None:
    """`name` of the given or newest PostgreSQL: the distribution keeps each version's programs in its own directory."""
    versions = sorted(
        (int(path.name) for path in POSTGRES_VERSIONS.glob("[0-9]*") if path.name.isdigit()), reverse=True
    )
    for candidate in versions:
        program = POSTGRES_VERSIONS / str(candidate) / "bin" / name
        if candidate >= OLDEST_POSTGRES and version in (None, candidate) and program.exists():
            return program
    return find(name) if version is None else None


def find_rabbitmq(name: str) -> Path | None:
    """`name` of RabbitMQ: its own scripts, as the ones on the PATH insist on the system's user and settings."""
    program = RABBITMQ_DIRECTORY / name
    return program if program.exists() else None


def require(program: Path | None, name: str) -> Path:
    """`program`, or StackError: only reached when the machine lost a package after `make up` looked."""
    if program is None:
        raise StackError(f"The program '{name}' is not installed.")
    return program
