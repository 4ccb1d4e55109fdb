"""How the routing table becomes nginx locations; tests/integration/test_front_door.py shows that nginx agrees."""

import json
import re
from pathlib import Path
from types import FunctionType

from highscores.domain import problems
from highscores_local.nginx import TEMPLATE_FILE, NginxTemplate, locations, upstream
from highscores_local.routes import Route


def test_a_prefix_is_the_path_itself_and_what_lies_below_it() -> None:
    text = locations(Route(path="/v1/scores", match="Prefix", service="post_score"))

    assert [line.split("{")[0].strip() for line in text.splitlines()] == [
        "location = /v1/scores",
        "location ^~ /v1/scores/",
    ]


def test_an_exact_path_is_only_itself() -> None:
    text = locations(Route(path="/v1/documents", match="Exact", service="post_score"))

    assert text.strip() == "location = /v1/documents { proxy_pass http://post_score; }"


def test_the_root_takes_all_the_rest() -> None:
    text = locations(Route(path="/", match="Prefix", service="get_scores"))

    assert text.strip() == "location / { proxy_pass http://get_scores; }"


def test_an_upstream_keeps_connections_on_loopback() -> None:
    text = upstream("get_jobs", 8103)

    assert "server 127.0.0.1:8103 max_fails=0;" in text
    assert "keepalive " in text


def test_the_template_leaves_the_variables_of_nginx_alone() -> None:
    assert NginxTemplate("listen %{listen}; set $a $http_host;").substitute(listen=1) == "listen 1; set $a $http_host;"


def test_what_nginx_refuses_by_itself_has_the_words_of_the_domain() -> None:
    """The title of a problem's type is the same whoever answers; the detail is nginx's own."""
    titles = {made.type: made.title for make in vars(problems).values() if (made := _problem_of(make)) is not None}
    text = (Path(__file__).resolve().parents[3] / TEMPLATE_FILE).read_text(encoding="utf-8")
    answers = [(int(status), json.loads(body)) for status, body in re.findall(r"return (\d+) '(\{.*\})';", text)]

    assert len(answers) == text.count("default_type application/problem+json;")
    for status, body in answers:
        assert body["status"] == status
        assert (body["type"], body["title"]) == (body["type"], titles.get(body["type"]))


def _problem_of(make: object) -> problems.Problem | None:
    return make() if isinstance(make, FunctionType) and make.__qualname__.startswith("_problem.") else None
