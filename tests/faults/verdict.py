"""Whether everything is as the client's ledger says it must be, once all is healed and drained."""

import json
import time
from collections import Counter
from typing import Any

import httpx
from tests import model
from tests.api import IDS_MAX, Api, eventually, parts
from tests.faults import ledger
from tests.faults.crowd import Crowd
from tests.faults.ledger import Sent
from tests.faults.supervised import Supervised
from tests.stack import of_board

DRAINED_WITHIN_S = 30.0
BUILT_WITHIN_S = 30.0
COUNTED_WITHIN_S = 6.0  # what services remember of a board is a second old at most

_ROWS_SQL = """
    select json_build_object('job', job, 'board', board, 'player', player, 'score', score, 'achieved_at', achieved_at,
                             'line', line, 'metadata', metadata)
    from submissions s join boards b on b.number = s.board_number where board in ({boards}) and deleted_at is null
"""
_STANDINGS_SQL = """
    select json_build_array(s.player, s.score, s.achieved_at, s.job)
    from standings s where {of_board} and period = '{period}' and state = 'shown'
    order by {sign} * score, achieved_at, line, job
"""


def judge(running: Supervised, people: Crowd) -> None:
    """Assert all that reliability promises. Every service must be up again, or on its way."""
    healed = time.monotonic()
    sent = ledger.read(people.ledger_path)
    accepted = [each for each in sent if each.outcome == "accepted"]
    assert accepted, f"nothing was accepted: {people.seen.statuses}"
    api = Api(running.stack.url, running.stack.keys.admin)
    with api.http:
        _drain(api, [job for each in accepted for job in each.jobs], healed)
        rows = _rows(running, people)
        _check_rows(sent, rows)
        for board, rules in people.boards.items():
            _check_standings(running, api, board, rules, [row for row in rows if row["board"] == board])
    _check_queues(running, healed, people.dead_letters)
    assert not people.seen.violations, people.seen.violations[:10]


def _drain(api: Api, jobs: list[str], healed: float) -> None:
    """Every job of a 202 has ended well."""
    waiting = jobs
    while True:
        waiting = [job for part in parts(waiting, IDS_MAX) for job in _queued(api, part)]
        if not waiting:
            return
        assert time.monotonic() - healed < DRAINED_WITHIN_S, f"{len(waiting)} of {len(jobs)} jobs are still queued"
        time.sleep(0.5)


def _queued(api: Api, jobs: list[str]) -> list[str]:
    try:
        answer = api.get("/v1/jobs", params={"ids": ",".join(jobs)})
    except httpx.TransportError:
        return jobs
    if answer.status_code == 503:
        return jobs
    assert answer.status_code == 200, answer.text
    states = answer.json()["jobs"]
    assert {state["status"] for state in states} <= {"queued", "done"}, states
    return [state["job"] for state in states if state["status"] == "queued"]


def _rows(running: Supervised, people: Crowd) -> list[dict[str, Any]]:
    boards = ",".join(f"'{board}'" for board in people.boards)
    return [json.loads(line) for line in running.stack.query(_ROWS_SQL.format(boards=boards)).splitlines() if line]


def _check_rows(sent: list[Sent], rows: list[dict[str, Any]]) -> None:
    """A 202 is one row for each score, as it was sent; a refusal none; what is unknown all of its scores or none."""
    by_mark: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows:
        mark = json.loads(row["metadata"])
        by_mark.setdefault((mark["request"], mark["index"]), []).append(row)
    twice = {mark: len(found) for mark, found in by_mark.items() if len(found) > 1}
    assert not twice, f"applied more than once: {twice}"
    for each in sent:
        found = [by_mark.get((each.request, index), [None])[0] for index in range(len(each.scores))]
        if each.outcome == "refused":
            assert not any(found), f"refused, and applied: {each}"
            continue
        if each.outcome == "accepted":
            assert all(found), f"lost: {sum(row is None for row in found)} of {each}"
            assert [row["job"] for row in found if row] == each.jobs
        assert len({row is None for row in found}) == 1, f"applied in part: {each}"
        for score, stored in zip(each.scores, found, strict=True):
            if stored:
                assert _as_sent(score) == (stored["board"], stored["player"], stored["score"], stored["achieved_at"])
    assert by_mark.keys() <= {(each.request, index) for each in sent for index in range(len(each.scores))}


def _as_sent(score: dict[str, Any]) -> tuple[Any, ...]:
    return (score["board"], score["player"], score["score"], model.microseconds(score["achieved_at"]))


def _check_standings(running: Supervised, api: Api, board: str, rules: model.Rules, rows: list[dict[str, Any]]) -> None:
    """Tables and pages are what the slow and obvious program makes of the scores that came in."""
    scores = [
        model.Score(row["job"], row["player"], row["score"], row["achieved_at"], line=row["line"]) for row in rows
    ]
    expected = model.standings(rules, scores)
    for period, table in expected.items():
        ranked = [[row.player, row.score, row.counts.achieved_at, row.counts.job] for row in table]
        sql = _STANDINGS_SQL.format(of_board=of_board(board), period=period, sign=-1 if rules.order == "desc" else 1)
        assert [json.loads(line) for line in running.stack.query(sql).splitlines()] == ranked
        pages = [(player, score, at) for player, score, at, _ in ranked]
        eventually(
            lambda period=period: _status(api, board, period), lambda status: status == 200, within_s=BUILT_WITHIN_S
        )
        eventually(lambda period=period: _entries(api, board, period), lambda found, pages=pages: found == pages)
    counted = (len(rows), len(expected.get("all", [])))
    eventually(lambda: _counts(api, board), lambda found: found == counted, within_s=COUNTED_WITHIN_S)


def _counts(api: Api, board: str) -> tuple[int, int]:
    found = api.get(f"/v1/boards/{board}").json()
    return found["submissions"], found["players"]


def _status(api: Api, board: str, period: str) -> int:
    """202 while it is being built: what was asked for while Redis was away is asked for again after 15 s."""
    return api.get(f"/v1/boards/{board}/standings", params={"period": period}).status_code


def _entries(api: Api, board: str, period: str) -> list[tuple[Any, ...]]:
    return [
        (entry["player"], entry["score"], model.microseconds(entry["achieved_at"]))
        for entry in api.all_entries(board, period=period)
    ]


def _check_queues(running: Supervised, healed: float, dead_letters: int) -> None:
    """Nothing waits, nothing is with a worker; every worker consumes, and nobody else; dead letters are rows."""
    workers = len(running.workers)
    wanted = {
        "scores": {"messages": 0, "consumers": workers},
        "control": {"messages": 0, "consumers": workers},
        "scores-later": {"messages": 0, "consumers": 0},
        "control-later": {"messages": 0, "consumers": 0},
        "dead-letters": {"messages": 0, "consumers": workers},
    }
    left_s = max(DRAINED_WITHIN_S - (time.monotonic() - healed), 6.0)
    eventually(running.queues, lambda found: found == wanted, within_s=left_s)
    assert running.stack.query("select count(*) from dead_letters") == str(dead_letters)


def summary(people: Crowd) -> str:
    """What happened, for the log of the test."""
    outcomes = Counter(each.outcome for each in ledger.read(people.ledger_path))
    return f"{dict(outcomes)} {people.seen.statuses} slowest {people.seen.slowest_s:.2f} s"
