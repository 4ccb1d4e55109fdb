"""The interface asked as by somebody who knows that a worker may have to be started first."""

from typing import Any

from tests.api import Api, Json
from tests.cluster.kube import eventually

APPLIED_WITHIN_S = 60.0


def define(api: Api, board: str, **rules: Any) -> None:
    answer = api.command("PUT", f"/v1/admin/boards/{board}", {"title": "Test", **rules})
    assert answer.status_code == 202, answer.text
    eventually(lambda: api.job(answer.json()["job"]), lambda job: job["status"] == "done", within_s=APPLIED_WITHIN_S)


def all_entries(api: Api, board: str, period: str) -> list[Json]:
    """Every entry, page by page; a document that is not there yet is waited for."""
    entries: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = _page(api, board, period=period, limit=100, **cursor)
        entries += page["entries"]
        if not page["next"]:
            return entries
        cursor = {"cursor": page["next"]}


def _page(api: Api, board: str, **parameters: Any) -> Json:
    answer = eventually(
        lambda: api.get(f"/v1/boards/{board}/standings", params=parameters, headers={"Prefer": "wait=10"}),
        lambda answer: answer.status_code != 202,
        within_s=APPLIED_WITHIN_S,
    )
    assert answer.status_code == 200, answer.text
    page: Json = answer.json()
    return page
