"""The whole one-machine stack as one value: its directories, ports, secrets and programs."""

import fcntl
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from highscores_local import routes
from highscores_local.errors import StackError
from highscores_local.home import Home
from highscores_local.identity import Identity, unprivileged
from highscores_local.nginx import Nginx
from highscores_local.ports import LOOPBACK, Ports
from highscores_local.program import Program
from highscores_local.secrets_file import Secrets, load_or_create
from highscores_local.servers import Servers
from highscores_local.services import Services
from highscores_local.supervision import Supervisor

STATE_DIRECTORY = Path(".local")
SECRETS_FILE = "secrets.env"
RECORD_FILE = "running.json"
LOCK_FILE = "lock"


class Record(msgspec.Struct, frozen=True):
    """What the running stack was started with: by this a later command finds it, whatever the environment says then."""

    ports: Ports
    configuration: str


@dataclass(frozen=True, slots=True)
class Stack:
    repository: Path
    home: Home
    ports: Ports
    servers: Servers
    services: Services
    nginx: Nginx
    supervisor: Supervisor

    @classmethod
    def of(cls, repository: Path, user: Identity, ports: Ports) -> "Stack":
        home = Home(repository / STATE_DIRECTORY, user)
        secrets: Secrets = load_or_create(home.root / SECRETS_FILE)
        return cls(
            repository=repository,
            home=home,
            ports=ports,
            servers=Servers.on(home, ports, secrets),
            services=Services(home, ports, secrets, repository),
            nginx=Nginx(home, ports, routes.load(repository), repository),
            supervisor=Supervisor(home, ports.supervisor, secrets.supervisor),
        )

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.page}"

    def programs(self) -> list[Program]:
        """In the order of starting."""
        return [*self.servers.programs(), *self.services.programs(), self.nginx.program()]

    def configure(self) -> str:
        """Write all settings and return their fingerprint. Harmless while the stack runs: nothing reads them again."""
        self.servers.configure()
        self.nginx.configure()
        self.supervisor.configure(self.programs())
        digest = hashlib.sha256()
        for file in sorted(self.home.conf.iterdir()):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        return digest.hexdigest()

    def initialise(self) -> None:
        """Data directories; only while nothing runs."""
        self.servers.initialise()
        self.nginx.initialise()

    def record(self, configuration: str) -> None:
        record = Record(self.ports, configuration)
        (self.home.root / RECORD_FILE).write_bytes(msgspec.json.encode(record))


def process_user(repository: Path) -> Identity:
    """Who runs the processes: someone unprivileged who can read the clone and the Python that its environment uses."""
    return unprivileged([repository, Path(sys.prefix), Path(os.__file__).parent, Path(sys.executable).resolve()])


def recorded(repository: Path) -> Record | None:
    """What the stack was last started with, or None if it never was."""
    file = repository / STATE_DIRECTORY / RECORD_FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Record)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def known(repository: Path, user: Identity) -> Stack | None:
    """The stack as last started, running or not, or None if there never was one here."""
    record = recorded(repository)
    return None if record is None else Stack.of(repository, user, record.ports)


@contextmanager
def exclusively(repository: Path) -> Iterator[None]:
    """Two commands that change the stack must not run at once."""
    state = repository / STATE_DIRECTORY
    state.mkdir(exist_ok=True)
    with (state / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError("Another `make` command is at work on this stack; wait for it to end.") from error
        yield
