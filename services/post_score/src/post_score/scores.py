"""Taking scores: one by one on the hottest route of all, and in batches."""

import asyncio
from uuid import UUID

from highscores.domain import problems, subjects
from highscores.domain.boards import Board
from highscores.domain.commands import SubmitScore
from highscores.domain.jobs import JobIds
from highscores.domain.problems import FieldError, ProblemError
from highscores.queue import topology
from highscores.web.accepted import accepted
from highscores.web.answers import Answer
from highscores.web.auth import Caller, Keys
from highscores.web.board_directory import BoardDirectory
from highscores.web.edge import FastRequest
from highscores.web.negotiation import require_json_answer
from highscores.web.problems import unavailable
from highscores.web.query_string import require_no_parameters
from highscores.web.request_validation import BATCH_MAX_BYTES, REQUEST_MAX_BYTES, BodyDecoder, Examination, read_json
from post_score import submissions
from post_score.admission import Limit
from post_score.clock import Clock
from post_score.idempotency import ask_for, job_for, key_of
from post_score.intake import Intake
from post_score.rate_limit_identity import caller_id
from post_score.repetitions import Repetitions
from post_score.submissions import Batch, Submission, SubmissionCheck

MAX_BATCHES = 16  # read and judged at a time: up to 1 MiB each, and several times that once decoded


class Scores:
    """Judges scores and takes them in."""

    def __init__(
        self,
        keys: Keys,
        boards: BoardDirectory,
        ids: JobIds,
        clock: Clock,
        intake: Intake,
        repetitions: Repetitions,
        limit: Limit,
    ) -> None:
        self._keys = keys
        self._boards = boards
        self._ids = ids
        self._clock = clock
        self._intake = intake
        self._repetitions = repetitions
        self._limit = limit
        self._decode_one = BodyDecoder(Submission).decode_or_examine
        self._decode_batch = BodyDecoder(Batch).try_decode
        self._batches = 0

    async def take_one(self, request: FastRequest) -> Answer:
        """Answer `POST /v1/scores`."""
        headers = request.headers
        require_json_answer(headers.get(b"accept"))
        caller = await self._keys.authenticate(headers.get(b"authorization"))
        caller.require("submit")
        require_no_parameters(request.scope["query_string"])
        key, errors = key_of(headers)
        body = await read_json(request.receive, headers, REQUEST_MAX_BYTES)
        submission = self._decode_one(body)
        accepted_at = self._clock.now()
        if isinstance(submission, Examination):
            raise await self._refused(caller, submission, errors, accepted_at)
        submissions.require_rights(caller, submission)
        board = await self._boards.find(submission.board)
        checked = submissions.check(submission, board.rules if board is not None else None, accepted_at)
        caller_name = caller_id(caller)
        job = self._job(caller_name, key, submission)
        ask = ask_for(caller_name, self._limit, key, "score", submission)
        if checked.errors or errors:
            refusal = _invalid(errors + submissions.field_errors(checked.errors))
            await self._repetitions.require(refusal, ask, [job])
        elif board is None:
            await self._repetitions.require(ProblemError(problems.unknown_board(submission.board)), ask, [job])
        else:
            command = submissions.command(job, accepted_at, submission, checked, board.number)
            await self._intake.take_score(ask, command)
        return accepted(str(job))

    async def take_batch(self, request: FastRequest) -> list[UUID]:
        """Take all scores of the request or none; return their jobs in order."""
        caller = await self._keys.authenticate(request.headers.get(b"authorization"))
        caller.require("submit")
        require_no_parameters(request.scope["query_string"])
        if self._batches >= MAX_BATCHES:
            raise unavailable("Too many batches wait.")
        self._batches += 1
        try:
            return await self._take_batch(caller, request)
        finally:
            self._batches -= 1

    async def _take_batch(self, caller: Caller, request: FastRequest) -> list[UUID]:
        key, errors = key_of(request.headers)
        body = await read_json(request.receive, request.headers, BATCH_MAX_BYTES)
        batch = self._decode_batch(body)
        found = batch.scores if batch is not None else submissions.examine_batch(body)
        submissions.require_rights(caller, *found, pointer="#/scores/{}")
        names = {each.board if isinstance(each, Submission) else each.values.get("board") for each in found}
        boards = {name: await self._boards.find(name) for name in names if name is not None}
        rules = {name: board.rules if board is not None else None for name, board in boards.items()}
        sound: list[tuple[int, Submission, SubmissionCheck]] = []
        for index, each in enumerate(found):
            wrong, judged = _judge(each, index, rules, self._clock.now())
            errors += wrong
            sound += judged
            if index % 100 == 99:
                await asyncio.sleep(0)  # others are served in between
        if len(sound) < len(found):  # what is no submission at all was never taken
            raise _invalid(errors)
        caller_name = caller_id(caller)
        jobs = [self._job(caller_name, key, submission, index) for index, (_, submission, _) in enumerate(sound)]
        ask = ask_for(caller_name, self._limit, key, "batch", found, cost=len(jobs))
        if errors:
            await self._repetitions.require(_invalid(errors), ask, jobs)
            return jobs
        commands = []
        for line, (job, (accepted_at, submission, checked)) in enumerate(zip(jobs, sound, strict=True)):
            board = boards[submission.board]
            assert board is not None  # an unknown one is an error
            commands.append(submissions.command(job, accepted_at, submission, checked, board.number, line))
        await self._intake.take(topology.SCORES, ask, commands)
        return jobs

    def _job(self, caller: str, key: bytes | None, submission: Submission, index: int = 0) -> UUID:
        if key is None:
            return self._ids.new(SubmitScore.command)
        subject = subjects.of_score(submission.board, submission.player)
        return job_for(self._ids, SubmitScore.command, caller, subject, key, index)

    async def _rules(self, board: str) -> Board | None:
        record = await self._boards.find(board)
        return record.rules if record is not None else None

    async def _refused(self, caller: Caller, examined: Examination, errors: list[FieldError], now: int) -> ProblemError:
        """The problem of a wrong submission, with what its right fields break as well."""
        submissions.require_rights(caller, examined)
        board = examined.values.get("board")
        checked = submissions.check_examined(examined, await self._rules(board) if board else None, now)
        return _invalid(errors + examined.errors + submissions.field_errors(checked.errors))


def _judge(
    found: Submission | Examination, index: int, rules: dict[str, Board | None], now: int
) -> tuple[list[FieldError], list[tuple[int, Submission, SubmissionCheck]]]:
    pointer = f"#/scores/{index}"
    board = found.board if isinstance(found, Submission) else found.values.get("board")
    board_rules = rules.get(board) if board is not None else None
    errors: list[FieldError] = []
    if board is not None and board_rules is None:
        errors.append(FieldError(f"{pointer}/board", f"there is no board {board}"))
    if isinstance(found, Submission):
        checked = submissions.check(found, board_rules, now)
        return errors + submissions.field_errors(checked.errors, pointer), [(now, found, checked)]
    checked = submissions.check_examined(found, board_rules, now)
    return errors + found.errors + submissions.field_errors(checked.errors, pointer), []


def _invalid(errors: list[FieldError]) -> ProblemError:
    return ProblemError(problems.invalid_fields(errors=errors))
