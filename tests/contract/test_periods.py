"""Periods: which ones a board counts, in its time zone, and how they are asked for."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.api import Api, fresh
from tests.contract.shapes import PERIOD, assert_page, assert_problem, is_time
from tests.model import span_at

pytestmark = pytest.mark.contract

KINDS = ["all", "day", "week", "month"]


@pytest.fixture(scope="module")
def berlin(admin: Api) -> str:
    """Three scores around midnight in Berlin, one on each side of a month's end, one on the long day of October."""
    board = fresh("berlin")
    admin.define(board, periods=KINDS, timezone="Europe/Berlin")
    times = ["2026-01-31T22:59:59.999999Z", "2026-01-31T23:00:00Z", "2026-10-25T22:30:00Z", "2024-12-30T12:00:00Z"]
    admin.batch_done([{"board": board, "player": f"p{n}", "score": n, "achieved_at": at} for n, at in enumerate(times)])
    return board


@pytest.mark.parametrize(
    ("period", "kind", "start", "end", "players"),
    [
        ("all", "all", None, None, ["p3", "p2", "p1", "p0"]),
        ("2026-01-31", "day", "2026-01-30T23:00:00.000000Z", "2026-01-31T23:00:00.000000Z", ["p0"]),
        ("2026-02-01", "day", "2026-01-31T23:00:00.000000Z", "2026-02-01T23:00:00.000000Z", ["p1"]),
        ("2026-01", "month", "2025-12-31T23:00:00.000000Z", "2026-01-31T23:00:00.000000Z", ["p0"]),
        ("2026-02", "month", "2026-01-31T23:00:00.000000Z", "2026-02-28T23:00:00.000000Z", ["p1"]),
        ("2026-W05", "week", "2026-01-25T23:00:00.000000Z", "2026-02-01T23:00:00.000000Z", ["p1", "p0"]),
        ("2026-10-25", "day", "2026-10-24T22:00:00.000000Z", "2026-10-25T23:00:00.000000Z", ["p2"]),
        ("2025-W01", "week", "2024-12-29T23:00:00.000000Z", "2025-01-05T23:00:00.000000Z", ["p3"]),
        ("2020-02-29", "day", "2020-02-28T23:00:00.000000Z", "2020-02-29T23:00:00.000000Z", []),
    ],
)
def test_a_period_by_its_id(
    anonymous: Api, berlin: str, period: str, kind: str, start: str | None, end: str | None, players: list[str]
) -> None:
    page = anonymous.page(berlin, period=period)

    assert_page(page)
    assert page["document"] == f"{berlin}:{period}"
    assert page["period"] == {"id": period, "kind": kind, "start": start, "end": end}
    assert [entry["player"] for entry in page["entries"]] == players
    assert page["total"] == len(players)


@pytest.mark.parametrize("kind", KINDS)
def test_the_current_period_by_its_kind(admin: Api, anonymous: Api, kind: str) -> None:
    board, zone = fresh("now"), "Pacific/Kiritimati"
    admin.define(board, periods=KINDS, timezone=zone)
    admin.submit_done(board, "ada", 1)
    now = int(datetime.now(ZoneInfo(zone)).timestamp() * 1_000_000)

    page = anonymous.page(board, period=kind)

    assert page["period"]["id"] == span_at(zone, kind, now).id
    assert page["period"]["kind"] == kind
    assert [entry["player"] for entry in page["entries"]] == ["ada"]
    assert anonymous.get(f"/v1/boards/{board}").json()["current"][kind] == page["period"]["id"]


def test_the_first_of_the_board_s_periods_is_the_default(admin: Api, anonymous: Api) -> None:
    board = fresh("first")
    admin.define(board, periods=["week", "all"])

    assert anonymous.page(board)["period"]["kind"] == "week"
    assert admin.submit_done(board, "ada", 1)["result"]["document"] == anonymous.page(board)["document"]


def test_an_empty_period_is_an_empty_page(anonymous: Api, ladder: str) -> None:
    page = anonymous.page(ladder, period="1999-12")

    assert_page(page)
    assert (page["total"], page["entries"], page["next"], page["prev"]) == (0, [], None, None)
    assert page["version"] == 0


@pytest.mark.parametrize(
    "period",
    [
        "season",
        "ALL",
        " ",
        "today",
        "2026",
        "2026-1",
        "2026-13",
        "2026-00",
        "2026-02-30",
        "2026-2-3",
        "2026-W00",
        "2026-W54",
        "2025-W53",
        "2026-w05",
        "2026W05",
        " all",
        "all ",
        "2026-01-31T00",
        "26-01-31",
        "0000-01",
        "9999-12",
        "\u0662\u0660\u0662\u0666-\u0660\u0661",
        "2026-01\n",
        "..",
        "%",
        "a" * 500,
    ],
)
def test_a_wrong_period_is_422(anonymous: Api, ladder: str, period: str) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/standings", params={"period": period})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/period"})


@pytest.mark.parametrize("period", ["day", "week", "month", "2026-01-31", "2026-W05", "2026-01"])
def test_a_period_that_the_board_does_not_count_is_422(
    anonymous: Api, private_ladder: str, admin: Api, period: str
) -> None:
    answer = admin.get(f"/v1/boards/{private_ladder}/standings", params={"period": period})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/period"})


def test_the_list_has_every_period_with_standings_newest_first(anonymous: Api, berlin: str) -> None:
    found = periods(anonymous, berlin, limit=100)

    assert [period["id"] for period in found][:4] == ["all", "2026-10-25", "2026-W43", "2026-10"]
    assert {period["id"] for period in found[4:]} == {
        *("2026-02-01", "2026-02", "2026-01-31", "2026-W05", "2026-01"),
        *("2024-12-30", "2025-W01", "2024-12"),
    }
    starts = [period["start"] for period in found[1:]]
    assert starts == sorted(starts, reverse=True)
    for period in found:
        assert period.keys() >= {*PERIOD, "players"}
        assert period["start"] is None if period["id"] == "all" else is_time(period["start"])
        assert period["end"] is None if period["id"] == "all" else is_time(period["end"])
        assert period["players"] == anonymous.page(berlin, period=period["id"])["total"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_list_pages_without_gaps(anonymous: Api, berlin: str, limit: int) -> None:
    assert periods(anonymous, berlin, limit=limit) == periods(anonymous, berlin, limit=100)


def test_a_board_without_submissions_has_none(anonymous: Api, board: str) -> None:
    answer = anonymous.get(f"/v1/boards/{board}/periods")

    assert answer.status_code == 200
    assert answer.json() == {"periods": [], "next": None}


def test_the_list_of_an_unknown_board_is_404(anonymous: Api) -> None:
    assert_problem(anonymous.get(f"/v1/boards/{fresh('none')}/periods"), 404, "unknown-board")


@pytest.mark.parametrize("timezone", ["Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "UTC"])
def test_periods_in_odd_time_zones(admin: Api, anonymous: Api, timezone: str) -> None:
    board = fresh("zone")
    admin.define(board, periods=KINDS, timezone=timezone)
    instants = [datetime(2026, 4, 4, 10, tzinfo=ZoneInfo("UTC")) + timedelta(hours=5 * n) for n in range(12)]
    admin.batch_done(
        [
            {"board": board, "player": f"p{n}", "score": n, "achieved_at": at.isoformat()}
            for n, at in enumerate(instants)
        ]
    )

    for kind in KINDS[1:]:
        expected: dict[str, set[str]] = {}
        for n, at in enumerate(instants):
            span = span_at(timezone, kind, int(at.timestamp()) * 1_000_000)
            expected.setdefault(span.id, set()).add(f"p{n}")
        for period, players in expected.items():
            assert {entry["player"] for entry in anonymous.page(board, period=period)["entries"]} == players


def periods(api: Api, board: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = api.get(f"/v1/boards/{board}/periods", params={"limit": limit, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page.keys() == {"periods", "next"}
        assert len(page["periods"]) <= limit
        found += page["periods"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}
