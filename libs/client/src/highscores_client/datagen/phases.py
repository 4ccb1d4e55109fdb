"""The phases of a run: look at the boards, fill them, play live; each phase ends with its summary."""

import time
from collections.abc import Awaitable, Callable
from random import Random

import msgspec

from highscores_client import output
from highscores_client.client import Client
from highscores_client.datagen import report, traffic
from highscores_client.datagen.fill import run_fill, wait_for_jobs
from highscores_client.datagen.flight import Stop
from highscores_client.datagen.plays import Plays
from highscores_client.datagen.population import Population
from highscores_client.datagen.run import run_live
from highscores_client.datagen.tally import Tally
from highscores_client.errors import HighscoresError
from highscores_client.invocation import REFUSED, UNREACHABLE, exit_code, fail, told, usage
from highscores_client.results import Board
from highscores_client.retry import RetryPolicy

DEFAULT_SEED = 1
LIVE_CONCURRENCY = 32
FILL_CONCURRENCY = 4

# Patient: about a minute in all, in which a service or its queue comes back from a restart.
RETRY = RetryPolicy(attempts=24, base_s=0.1, cap_s=5.0)

# A fill that is not dated still has hours of the day, for who plays; always the same ones, so that a seed repeats it.
_UNDATED_START_S, _UNDATED_END_S = 0.0, 86_400.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the options ask for it. Times are seconds since the epoch, `live_s` None means until stopped."""

    url: str
    key: str | None
    run_id: str
    seed: int | None
    players: int
    boards: tuple[str, ...]
    fill: int
    batch: int
    since_s: float | None
    until_s: float
    wait: bool
    live: bool
    live_s: float | None
    rate: float
    steady: bool
    concurrency: int | None
    as_json: bool


class Gear(msgspec.Struct, frozen=True):
    """What a phase works with."""

    plan: Plan
    plays: Plays
    client: Client
    tally: Tally
    stop: Stop
    progress: report.RunProgress


async def play(plan: Plan) -> int:
    """Run all phases of the plan and return the exit code. Raises HighscoresError when the boards cannot be read."""
    try:
        client = Client(plan.url, plan.key)
    except ValueError as error:
        usage(str(error))
    async with client:
        boards = await _boards(client, plan.boards)
    if not boards:
        fail("there is no public board to play on: define one, or name one by --boards", REFUSED)
    population = Population(plan.players, DEFAULT_SEED if plan.seed is None else plan.seed)
    plays = Plays(population, boards, _random(plan, "plays"))
    phases = [("fill", _fill)] * (plan.fill > 0) + [("live", _live)] * plan.live
    code = 0
    with Stop() as stop:
        for name, phase in phases:
            if not stop.asked.is_set():
                code = max(code, await _phase(name, phase, plan, plays, stop))
    return code


async def _boards(client: Client, wanted: tuple[str, ...]) -> list[Board]:
    if wanted:
        return [await client.board(board) for board in wanted]
    return [board async for board in client.all_boards() if board.visibility == "public"]


async def _phase(name: str, phase: Callable[[Gear], Awaitable[None]], plan: Plan, plays: Plays, stop: Stop) -> int:
    """Run one phase under a progress bar, print its summary whatever happens, and return its exit code."""
    tally = Tally()
    failure: HighscoresError | None = None
    connections = plan.concurrency or LIVE_CONCURRENCY
    try:
        async with Client(plan.url, plan.key, retry=RETRY, max_connections=connections, on_retry=tally.retry) as client:
            with report.RunProgress(tally) as progress:
                await phase(Gear(plan, plays, client, tally, stop, progress))
    except HighscoresError as error:
        failure = error
    finally:
        _tell(name, tally, plan, stop)
    if failure is not None:
        fail(told(failure), exit_code(failure))
    if tally.gave_up:
        return UNREACHABLE
    unfinished = tally.not_ended > 0 and stop.reason is None
    return REFUSED if tally.refused or tally.rejected or unfinished else 0


def _tell(phase: str, tally: Tally, plan: Plan, stop: Stop) -> None:
    if plan.as_json:
        output.print_json(report.result(tally, run_id=plan.run_id, phase=phase, stopped=stop.reason))
    else:
        print("\n".join(report.summary(tally, run_id=plan.run_id, stopped=stop.reason)), flush=True)


async def _fill(gear: Gear) -> None:
    plan, tally = gear.plan, gear.tally
    dated = plan.since_s is not None
    start_s, end_s = (plan.since_s, plan.until_s) if plan.since_s is not None else (_UNDATED_START_S, _UNDATED_END_S)
    gear.progress.follow("fill", lambda: tally.sent, total=plan.fill)
    with tally.submitting():
        jobs = await run_fill(
            gear.client,
            gear.plays,
            traffic.arrivals_between(_random(plan, "fill"), plan.fill, start_s, end_s),
            dated=dated,
            run_id=plan.run_id,
            batch=plan.batch,
            concurrency=plan.concurrency or FILL_CONCURRENCY,
            tally=tally,
            stop=gear.stop,
        )
    if plan.wait and not gear.stop.asked.is_set():
        gear.progress.follow("jobs", lambda: tally.ended, total=len(jobs))
        with tally.waiting():
            await wait_for_jobs(gear.client, jobs, tally, gear.stop)


async def _live(gear: Gear) -> None:
    plan, tally = gear.plan, gear.tally
    started = time.monotonic()
    gear.progress.follow("live", lambda: time.monotonic() - started, total=plan.live_s)
    with tally.submitting():
        await run_live(
            gear.client,
            gear.plays,
            traffic.arrivals(_random(plan, "traffic"), plan.rate, time.time(), steady=plan.steady),
            run_id=plan.run_id,
            seconds=plan.live_s,
            concurrency=plan.concurrency or LIVE_CONCURRENCY,
            tally=tally,
            stop=gear.stop,
        )


def _random(plan: Plan, purpose: str) -> Random:
    return Random() if plan.seed is None else Random(f"{plan.seed}:{purpose}")
