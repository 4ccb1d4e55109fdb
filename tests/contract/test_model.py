"""Thousands of random scores through the interface, and every page compared with a slow and obvious model."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests import model
from tests.api import Api, eventually, fresh

pytestmark = pytest.mark.contract

AS_OF_NOW = {"versions", "rank", "total"}  # by the clock, or of the document

SCORES = 600
PLAYERS = 60
SEED = 20261124
NEWEST = datetime(2026, 3, 31, 12, tzinfo=UTC)  # a change of clocks in Europe lies a few days before
SPAN = timedelta(days=21)
REGIONS = ("EU", "us", None)
PERIODS = ("all", "day", "week", "month")


def random_scores(random_source: random.Random, board: str) -> list[dict[str, Any]]:
    """Few different scores and instants, so that there are ties of every kind."""
    instants = [NEWEST - random_source.random() * SPAN for _ in range(40)]
    return [
        {
            "board": board,
            "player": f"p{random_source.randrange(PLAYERS)}",
            "score": random_source.choice((random_source.randrange(-5, 6), random_source.randrange(-(10**6), 10**6))),
            "achieved_at": random_source.choice(instants).isoformat(),
            **_maybe("name", random_source.choice((None, "Ada", "Gr\u00e1ce", "\u540d"))),
            **_maybe("region", random_source.choice(REGIONS)),
            **_maybe("metadata", random_source.choice((None, {"n": random_source.randrange(9)}))),
        }
        for _ in range(SCORES)
    ]


def _maybe(field: str, value: object) -> dict[str, object]:
    return {} if value is None else {field: value}


@pytest.mark.parametrize("operator", ["best", "latest", "sum"])
@pytest.mark.parametrize("order", ["desc", "asc"])
def test_standings_equal_the_model(admin: Api, operator: str, order: str) -> None:
    board = fresh(f"model-{operator}-{order}")
    rules = model.Rules(order=order, operator=operator, periods=PERIODS, timezone="Europe/Berlin")
    admin.define(board, order=order, operator=operator, periods=list(PERIODS), timezone="Europe/Berlin", regions=True)
    scores = random_scores(random.Random(f"{SEED}{operator}{order}"), board)

    ended = admin.batch_done(scores)

    accepted = [
        model.Score(
            job=state["job"],
            player=score["player"],
            score=score["score"],
            achieved_at=model.microseconds(score["achieved_at"]),
            name=score.get("name"),
            region=score["region"].lower() if "region" in score else None,
            metadata=score.get("metadata"),
        )
        for score, state in zip(scores, ended, strict=True)
    ]
    outcomes = model.outcomes(rules, accepted)
    for state in ended:
        expected = outcomes[state["job"]]
        assert {name: value for name, value in state["result"].items() if name not in AS_OF_NOW} == {
            "document": f"{board}:{expected.period}",
            "improved": expected.improved,
            "score": expected.score,
            "previous": expected.previous,
        }
    standings = model.standings(rules, accepted)
    assert {period["id"] for period in admin.get(f"/v1/boards/{board}/periods?limit=100").json()["periods"]} == set(
        standings
    )
    for period, table in standings.items():
        _compare(admin, board, table, period=period)
    for region in ("eu", "us", "nowhere"):
        _compare(admin, board, model.in_region(standings["all"], region), region=region)


def _compare(api: Api, board: str, table: list[model.Standing], **query: str) -> None:
    expected = [_entry(rank, row) for rank, row in enumerate(table, 1)]
    eventually(lambda: api.all_entries(board, **query), lambda entries: _known(entries) == expected)


def _entry(rank: int, row: model.Standing) -> tuple[object, ...]:
    counts = row.counts
    return (rank, row.player, row.score, counts.achieved_at, counts.name, counts.region, counts.metadata)


def _known(entries: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [
        (
            entry["rank"],
            entry["player"],
            entry["score"],
            model.microseconds(entry["achieved_at"]),
            entry["name"],
            entry["region"],
            entry["metadata"],
        )
        for entry in entries
    ]
