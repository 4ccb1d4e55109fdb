"""Who our processes run as. Never root: PostgreSQL refuses it, and nothing here needs it."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from highscores_local.errors import StackError

SYSTEM_USER = "highscores"
USER_VARIABLE = "HIGHSCORES_USER"
PROBE_TIMEOUT_S = 10
DIRECTORY_MODE = 0o750
READ_SEARCH = "dac_read_search"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user, and the command prefix that turns the caller into it (empty when the caller is that user already).

    `note` is what the person at the terminal should know about it.
    """

    name: str
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()
    note: str = ""

    def wrap(self, argv: Iterable[str]) -> list[str]:
        """The command line that runs `argv` as this user."""
        return [*self.prefix, *argv]

    def own(self, directory: Path) -> Path:
        """Create `directory` if need be, belonging to this user and closed to others."""
        directory.mkdir(parents=True, exist_ok=True)
        if self.prefix:
            os.chown(directory, self.uid, self.gid)
        directory.chmod(DIRECTORY_MODE)
        return directory

    def let_read(self, file: Path) -> Path:
        """Let this user read `file`, which stays the caller's: a service must not rewrite its own settings."""
        if self.prefix:
            os.chown(file, 0, self.gid)
            file.chmod(0o640)
        else:
            file.chmod(0o600)
        return file


def current() -> Identity:
    """The user who runs this program."""
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Identity(name, uid, os.getgid())


def unprivileged(needed: Iterable[Path]) -> Identity:
    """The user for all processes: the caller, or the system user `highscores` (made if missing) when that is root.

    `needed` are files and directories which that user must be able to read. Where root's clone or root's Python lies
    behind a closed directory (/root is 0700), one capability is kept, to read past it, and nothing else.
    """
    if os.getuid() != 0:
        return current()
    entry = _system_user(os.environ.get(USER_VARIABLE, SYSTEM_USER))
    plain = Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, _prefix(entry, capability=None))
    closed = first_closed(plain, needed)
    if closed is None:
        return plain
    reader = Identity(
        entry.pw_name,
        entry.pw_uid,
        entry.pw_gid,
        _prefix(entry, capability=READ_SEARCH),
        note=f"'{plain.name}' may not look into {closed}; its processes keep the one capability CAP_DAC_READ_SEARCH, "
        f"to read past that, and no other.",
    )
    still_closed = first_closed(reader, needed)
    if still_closed is not None:
        raise StackError(
            f"The user '{plain.name}', who runs everything, cannot read {still_closed}.\n"
            f"Put the clone, and the Python it uses, where others may read (for example under /srv or /opt), "
            f"or run make as an ordinary user."
        )
    return reader


def first_closed(identity: Identity, needed: Iterable[Path]) -> Path | None:
    """The first of `needed` that `identity` cannot read, or None; tried, not guessed from permission bits."""
    for path in needed:
        if not _can_read(identity, path):
            return next((parent for parent in reversed(path.parents) if not _can_read(identity, parent)), path)
    return None


def _can_read(identity: Identity, path: Path) -> bool:
    """Whether a file opens and a directory can be listed and entered."""
    command = ["head", "--bytes=1", str(path)] if path.is_file() else ["ls", "-A", f"{path}/."]
    result = subprocess.run(
        identity.wrap(command),
        cwd="/",
        timeout=PROBE_TIMEOUT_S,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return result.returncode == 0


def _system_user(name: str) -> pwd.struct_passwd:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        print(f"Creating the system user '{name}' (no login, no home): the processes must not run as root.")
        shell = shutil.which("nologin") or "/usr/sbin/nologin"
        subprocess.run(
            [
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--home-dir=/nonexistent",
                f"--shell={shell}",
                name,
            ],
            check=True,
            timeout=PROBE_TIMEOUT_S,
        )
        entry = pwd.getpwnam(name)
    if entry.pw_uid == 0:
        raise StackError(f"{USER_VARIABLE}={name} is root; name an ordinary user.")
    return entry


def _prefix(entry: pwd.struct_passwd, capability: str | None) -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StackError("setpriv (package util-linux) is missing; it is needed to start processes as another user.")
    prefix = [setpriv, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--no-new-privs"]
    if capability is not None:
        # Without no_setuid_fixup access(2) would forget about the capability, and Erlang and supervisord ask access(2).
        prefix += ["--securebits=+no_setuid_fixup", f"--bounding-set=-all,+{capability}"]
        prefix += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
    return tuple(prefix)
