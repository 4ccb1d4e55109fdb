"""Whether everything is as the load's own record says it must be, once all is healed."""

import itertools

from tests import model
from tests.api import IDS_MAX, Api, parts
from tests.cluster.kube import eventually
from tests.cluster.load import Load
from tests.cluster.patience import APPLIED_WITHIN_S, all_entries
from tests.cluster.release import Release

COUNTED_WITHIN_S = 10.0

RankedScore = tuple[int, str, int, int]  # rank, player, score, microseconds


def judge(release: Release, players: Load) -> None:
    """Assert that nothing was lost or doubled, that the standings are right and the queues empty."""
    assert players.jobs, f"nothing was accepted: {players.summary()}"
    assert not players.violations, f"{len(players.violations)} violations, such as {players.worst()}"
    check_ledger(release, players)
    eventually(release.queues, lambda found: not any(found.values()), within_s=APPLIED_WITHIN_S)


def check_ledger(release: Release, players: Load) -> None:
    """Assert that jobs, counts and standings are those of what was sent, by what the interface says."""
    api = release.admin()
    with api.http:
        eventually(lambda: _unfinished(api, players.jobs), lambda left: not left, within_s=APPLIED_WITHIN_S)
        for board, rules in players.boards.items():
            _check_board(api, board, rules, _scores_of(players, board))


def _unfinished(api: Api, jobs: list[str]) -> list[str]:
    states = [
        state
        for part in parts(jobs, IDS_MAX)
        for state in api.get("/v1/jobs", params={"ids": ",".join(part)}).raise_for_status().json()["jobs"]
    ]
    assert len(states) == len(jobs)
    assert {state["status"] for state in states} <= {"queued", "done"}, states
    return [state["job"] for state in states if state["status"] == "queued"]


def _scores_of(players: Load, board: str) -> list[model.Score]:
    return [
        model.Score(job, score["player"], score["score"], model.microseconds(score["achieved_at"]), line=line)
        for each in players.sent
        for line, (job, score) in enumerate(zip(each.jobs, each.scores, strict=bool(each.jobs)))
        if score["board"] == board
    ]


def _check_board(api: Api, board: str, rules: model.Rules, scores: list[model.Score]) -> None:
    expected = model.standings(rules, scores)
    counted = (len(scores), len(expected.get("all", [])))
    eventually(lambda: _counts(api, board), lambda found: found == counted, within_s=COUNTED_WITHIN_S)
    for period, table in expected.items():
        pages = [(rank, row.player, row.score, row.counts.achieved_at) for rank, row in enumerate(table, start=1)]

        def wrong(
            period: str = period, pages: list[RankedScore] = pages
        ) -> list[tuple[RankedScore | None, RankedScore | None]]:
            """The first ranks that differ, as found and as they should be."""
            both = itertools.zip_longest(_entries(api, board, period), pages)
            return [(found, wanted) for found, wanted in both if found != wanted][:3]

        eventually(wrong, lambda wrong_ranks: not wrong_ranks, within_s=COUNTED_WITHIN_S)


def _counts(api: Api, board: str) -> tuple[int, int]:
    found = api.get(f"/v1/boards/{board}").raise_for_status().json()
    return found["submissions"], found["players"]


def _entries(api: Api, board: str, period: str) -> list[RankedScore]:
    return [
        (entry["rank"], entry["player"], entry["score"], model.microseconds(entry["achieved_at"]))
        for entry in all_entries(api, board, period)
    ]
