from pathlib import Path

import pytest

from highscores_local import routes
from highscores_local.errors import StackError

REPOSITORY = Path(__file__).resolve().parents[3]


def test_the_table_is_the_one_of_the_interface() -> None:
    assert [(route.path, route.match, route.service) for route in routes.load(REPOSITORY)] == [
        ("/v1/scores", "Prefix", "post_score"),
        ("/v1/admin", "Prefix", "post_score"),
        ("/v1/documents", "Exact", "post_score"),
        ("/v1/jobs", "Prefix", "get_jobs"),
        ("/", "Prefix", "get_scores"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "routes: [{path: /v1/scores/, match: Prefix, service: post_score}]",
        "routes: [{path: /a b, match: Prefix, service: post_score}]",
        "routes: [{path: /a, match: Regex, service: post_score}]",
        "routes: [{path: /a, match: Exact, service: elsewhere}]",
        "routes: [{path: /a, match: Exact, service: get_jobs, port: 1}]",
    ],
)
def test_a_table_with_anything_else_in_it_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / routes.ROUTES_FILE
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")

    with pytest.raises(StackError, match=r"routes\.yaml"):
        routes.load(tmp_path)
