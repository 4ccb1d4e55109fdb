"""post_score in process: real edge, real validation, real job ids; keys and boards known beforehand; a queue that keeps
what it is given."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.asgi import Reply, ask

from highscores.domain.boards import Board, SubScore
from highscores.domain.commands import Command
from highscores.domain.jobs import JobIds, JobState
from highscores.ledger.reads import BoardRecord
from highscores.process.settings import RabbitmqSettings
from highscores.queue.publisher import Broker, UnconfirmedError
from highscores.queue.topology import Queue
from highscores.web.app import create_app
from highscores.web.auth import Caller, Keys
from highscores.web.board_directory import BoardDirectory
from highscores.web.cors import Cors
from highscores.web.edge import Edge, FastRoute
from post_score.admission import Admission, Ask, Limit
from post_score.clock import Clock
from post_score.control import ControlCommands
from post_score.intake import Intake
from post_score.main import DOCUMENT, ROUTES
from post_score.repetitions import Repetitions
from post_score.score_routes import SCORES_PATH
from post_score.scores import Scores

KEY_LIMIT, ANONYMOUS_LIMIT = Limit(1000, 1000), Limit(1, 1)
BOARDS = {
    "arcade": Board(title="Arcade", min=0, max=1000, periods=("all", "day"), regions=True),
    "golf": Board(title="Golf", subscores=(SubScore("putts", "asc"), SubScore("birdies", "desc"))),
    "secret": Board(title="Secret", visibility="private"),
}


class KnownKeys(Keys):
    """A key for each scope, named like it."""

    def __init__(self) -> None:
        super().__init__(cast(AsyncEngine, None))

    async def identify(self, authorization: bytes | str | None) -> Caller | None:
        text = authorization.decode() if isinstance(authorization, bytes) else authorization
        for scope in ("submit", "read", "admin"):
            if text == f"Bearer {scope}":
                return Caller(f"id-of-{scope}", scope, frozenset({scope}))
        return None


class KnownBoards(BoardDirectory):
    def __init__(self) -> None:
        super().__init__(cast(AsyncEngine, None), cast(Redis, None))
        self.submissions = 0
        self.rules = dict(BOARDS)

    async def find(self, board: str) -> BoardRecord | None:
        rules = self.rules.get(board)
        return BoardRecord(board, 0, 1, rules, 1, 0, None, self.submissions, 0) if rules else None

    async def _load(self, board: str) -> BoardRecord | None:
        return None


class KeepingBroker(Broker):
    def __init__(self) -> None:
        super().__init__(RabbitmqSettings())
        self.messages: list[tuple[str, list[Command]]] = []
        self.is_down = False
        self.confirms = True

    @property
    def is_ready(self) -> bool:
        return not self.is_down

    async def publish(self, queue: Queue, commands: Sequence[Command]) -> None:
        if not self.confirms:
            raise UnconfirmedError("TimeoutError")
        self.messages.append((queue.name, list(commands)))


class KeepingAdmission(Admission):
    """Refuses what the test says, by the caller."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.refusals: dict[str, Exception] = {}

    async def admit(self, asks: Sequence[Ask]) -> list[Exception | None]:  # type: ignore[override]
        self.asks += asks
        return [self.refusals.get(ask.caller) for ask in asks]


class ServiceUnderTest:
    def __init__(self) -> None:
        self.broker, self.admission, self.boards = KeepingBroker(), KeepingAdmission(), KnownBoards()
        self.ids = JobIds("s" * 32)
        self.known: dict[str, JobState] = {}
        self.numbers = 0
        self.is_postgres_down = False
        clock, intake, keys = Clock(), Intake(self.admission, self.broker), KnownKeys()
        repetitions = Repetitions(intake, self._find_jobs)
        scores = Scores(keys, self.boards, self.ids, clock, intake, repetitions, KEY_LIMIT)
        app = create_app(
            DOCUMENT,
            ROUTES,
            {
                "keys": keys,
                "directory": self.boards,
                "scores": scores,
                "control": ControlCommands(self.ids, clock, intake, repetitions, self._next_number),
                "key_limit": KEY_LIMIT,
                "anonymous_limit": ANONYMOUS_LIMIT,
            },
        )
        self.framework = app
        fast = {("POST", SCORES_PATH): FastRoute(SCORES_PATH, scores.take_one)}
        self.app = Edge(app, Cors("commands", ()), lambda method, path: fast.get((method, path)))

    async def _next_number(self) -> int:
        if self.is_postgres_down:
            raise ConnectionRefusedError
        self.numbers += 1
        return self.numbers

    async def _find_jobs(self, jobs: Sequence[UUID]) -> dict[str, JobState]:
        if self.is_postgres_down:
            raise ConnectionRefusedError
        return {str(job): self.known[str(job)] for job in jobs if str(job) in self.known}

    async def ask(
        self, method: str, path: str, body: object = b"", *, key: str | None = "submit", **headers: str
    ) -> Reply:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await ask(self.app, method, path, body, given, key)

    def end(self, *commands: Command) -> None:
        """Have the jobs of these commands ended."""
        for command in commands:
            job = str(command.job)
            self.known[job] = JobState(job=job, command=command.command, status="done")

    def begin(self, *commands: Command) -> None:
        """Have long work begun that ends the jobs of these commands."""
        for command in commands:
            job = str(command.job)
            self.known[job] = JobState(job=job, command=command.command, accepted_at="1970", progress=0.5)

    @property
    def commands(self) -> list[Command]:
        return [command for _, commands in self.broker.messages for command in commands]
