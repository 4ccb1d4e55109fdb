"""What must hold after a fault, once all is healed: nothing lost, nothing doubled, standings as recomputed."""

from collections import Counter

import httpx
from tests import model
from tests.api import IDS_MAX, Api, eventually
from tests.faults.crowd import Crowd
from tests.stack import Stack

from highscores_local.ports import LOOPBACK
from highscores_local.rabbitmq import USER

HEALED_WITHIN_S = 30.0


def check(stack: Stack, api: Api, crowd: Crowd, rules: model.Rules) -> None:
    accepted = {sent.number: sent for sent in crowd.accepted()}
    assert len(accepted) > 100, "the crowd was hardly heard: this proves nothing"
    assert not crowd.late, f"requests over the limit: {crowd.late}"

    eventually(lambda: accepted.keys() - _rows(stack, crowd).keys(), lambda lost: not lost, within_s=HEALED_WITHIN_S)
    eventually(lambda: _waiting(stack), lambda waiting: waiting == 0, within_s=HEALED_WITHIN_S)

    rows = _rows(stack, crowd)
    assert not [number for number, found in rows.items() if len(found) > 1], "counted twice"
    refused = {n for n, sent in crowd.sent.items() if sent.status is not None and 400 <= sent.status < 500}
    assert not refused & rows.keys(), "a refused score had an effect"
    for number, sent in accepted.items():
        assert rows[number][0].job == sent.job
    _jobs_are_done(api, [sent.job for sent in accepted.values() if sent.job])

    scores = [found[0] for found in rows.values()]
    for score, sent in ((found[0], crowd.sent[number]) for number, found in rows.items()):
        assert (score.player, score.score) == (sent.player, sent.score)
    expected = [(row.player, row.score) for row in model.standings(rules, scores)["all"]]
    eventually(
        lambda: [(entry["player"], entry["score"]) for entry in api.all_entries(crowd.board)],
        lambda found: found == expected,
        within_s=HEALED_WITHIN_S,
    )
    submissions, players = stack.query(f"select submissions, players from boards where board = '{crowd.board}'").split(
        "|"
    )
    assert (int(submissions), int(players)) == (len(scores), len(expected))


def _rows(stack: Stack, crowd: Crowd) -> dict[int, list[model.Score]]:
    found: dict[int, list[model.Score]] = {}
    lines = stack.query(
        "select metadata::json ->> 'number', job, player, score, achieved_at from submissions"
        f" where board = '{crowd.board}'"
    )
    for line in lines.splitlines():
        number, job, player, score, achieved_at = line.split("|")
        found.setdefault(int(number), []).append(model.Score(job, player, int(score), int(achieved_at)))
    return found


def _waiting(stack: Stack) -> int:
    """Messages in the queues, delivered ones included."""
    ports, password = stack.private.ports, stack.private.secrets.rabbitmq
    queues = httpx.get(f"http://{LOOPBACK}:{ports.rabbitmq_management}/api/queues", auth=(USER, password)).json()
    return sum(queue.get("messages", 1) for queue in queues)


def _jobs_are_done(api: Api, jobs: list[str]) -> None:
    statuses: Counter[str] = Counter()
    for start in range(0, len(jobs), IDS_MAX):
        answer = api.get("/v1/jobs", params={"ids": ",".join(jobs[start : start + IDS_MAX])})
        assert answer.status_code == 200, answer.text
        statuses.update(job["status"] for job in answer.json()["jobs"])
    assert statuses == {"done": len(jobs)}
