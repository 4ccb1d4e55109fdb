"""The command line: exit codes that scripts can use, and messages that people can read."""

from functools import partial
from pathlib import Path

import httpx
import pytest
from tests.unit.client.server import JOB, Answer, Server, accepted, answer, problem
from typer.testing import CliRunner, Result

from highscores_client import Client, RetryPolicy, cli
from highscores_client.datagen import phases

DONE = {"job": JOB, "command": "submit-score", "status": "done", "result": {"improved": True}}
REJECTED = {**DONE, "status": "rejected", "result": None, "error": {"title": "A field is wrong", "status": 422}}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HIGHSCORES_URL", "HIGHSCORES_SUBMIT_KEY", "HIGHSCORES_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> "Runner":
    return Runner(monkeypatch)


class Runner:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.server = Server(httpx.ConnectError("refused"))

    def __call__(self, *arguments: str, answers: tuple[Answer, ...] = ()) -> Result:
        self.server = Server(*answers) if answers else self.server
        fake = partial(Client, transport=httpx.MockTransport(self.server), sleep=self.server.sleep)
        self._monkeypatch.setattr(cli, "Client", fake)
        self._monkeypatch.setattr(phases, "Client", fake)
        self._monkeypatch.setattr(phases, "RETRY", RetryPolicy(attempts=2, base_s=0.001))
        return CliRunner().invoke(cli.app, list(arguments))


def test_a_score_may_be_negative(run: Runner) -> None:
    result = run("submit", "arcade", "ada", "-5", "--name", "Ada", answers=(accepted(),))
    assert (result.exit_code, result.stdout) == (0, f"job\t{JOB}\nstatus\tqueued\n")
    assert run.server.body() == {"board": "arcade", "player": "ada", "score": -5, "name": "Ada"}


def test_sub_scores_are_given_in_the_order_of_the_board(run: Runner) -> None:
    result = run("submit", "arcade", "ada", "5", "--subscore", "3", "--subscore=-2", answers=(accepted(),))
    assert result.exit_code == 0, result.output
    assert run.server.body() == {"board": "arcade", "player": "ada", "score": 5, "subscores": [3, -2]}


BOARD = {"board": "arcade", "title": "Arcade"}
PLACED = {
    "document": "arcade:all",
    "board": "arcade",
    "period": {"id": "all", "kind": "all", "start": None, "end": None},
    "version": 7,
    "total": 12_345,
    "percentile": 50.0,
    "rank": 6_173,
    "score": -5,
}


def test_the_rank_of_a_score_is_asked_for(run: Runner) -> None:
    arguments = ("--score", "-5", "--subscore", "3", "--subscore=-2", "--period", "day", "--region", "eu")
    result = run("rank", "arcade", *arguments, answers=(answer(200, BOARD), answer(200, PLACED)))
    assert result.exit_code == 0, result.output
    assert "rank\t6173\ntotal\t12345\n" in result.stdout
    asked = run.server.requests[1].url
    assert asked.path == "/v1/boards/arcade/rank"
    assert dict(asked.params) == {"score": "-5", "subscores": "3,-2", "period": "day", "region": "eu"}


def test_a_standing_is_asked_for_with_targets_or_without(run: Runner) -> None:
    found = {**PLACED, "player": "ada", "targets": [{"target": "10", "score": 1_000, "gap": 1_005}]}
    for arguments, asked in ((("--targets", "10"), {"targets": "10"}), ((), {})):
        result = run("standing", "arcade", "ada", *arguments, answers=(answer(200, BOARD), answer(200, found)))
        assert result.exit_code == 0, result.output
        assert result.stdout.endswith("target\t10\t1000\t1005\n")
        assert run.server.requests[1].url.path == "/v1/boards/arcade/standings/ada"
        assert dict(run.server.requests[1].url.params) == asked


def test_waiting_shows_the_job(run: Runner) -> None:
    result = run("submit", "arcade", "ada", "5", "--wait", answers=(accepted(), answer(200, DONE)))
    assert result.exit_code == 0
    assert "done" in result.stdout


def test_a_rejected_job_is_a_refusal(run: Runner) -> None:
    result = run("job", JOB, "--wait", answers=(answer(200, REJECTED),))
    assert (result.exit_code, result.stderr) == (1, "highscores: A field is wrong\n")


def test_a_refusal_is_one_line_and_exit_code_1(run: Runner) -> None:
    errors = [{"pointer": "#/player", "detail": "must match"}]
    result = run("submit", "arcade", "a b", "5", answers=(problem(422, "wrong", errors=errors),))
    assert (result.exit_code, result.stderr) == (1, "highscores: It is wrong (player must match)\n")


def test_a_missing_key_is_told_with_what_to_do(run: Runner) -> None:
    result = run("submit", "arcade", "ada", "5", answers=(problem(401),))
    assert result.exit_code == 1
    assert "HIGHSCORES_SUBMIT_KEY" in result.stderr


@pytest.mark.parametrize("down", [httpx.ConnectError("refused"), problem(503), httpx.Response(200, text="hello")])
@pytest.mark.parametrize("arguments", [("top", "arcade"), ("boards",), ("datagen", "--fill", "10"), ("watch", "b")])
def test_a_service_that_cannot_be_reached_is_exit_code_3(run: Runner, down: Answer, arguments: tuple[str, ...]) -> None:
    result = run(*arguments, answers=(down,))
    assert result.exit_code == 3
    assert result.stderr.startswith("highscores: ")
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("submit", "arcade", "ada", "much"),
        ("submit", "arcade"),
        ("top", "arcade", "--limit", "101"),
        ("rank", "arcade"),
        ("rank", "arcade", "--score", "much"),
        ("top", "arcade", "--url", "nowhere"),
        ("top", "arcade", "--key", "two words"),
        ("boards", "define", "b", "--file", "/nonexistent/board.json"),
        ("datagen", "--for", "5"),
        ("datagen", "--url", "nowhere"),
        ("datagen", "--wait"),
        ("datagen", "--since", "30d"),
        ("datagen", "--fill", "10", "--until", "1d"),
        ("datagen", "--fill", "10", "--since", "1d", "--until", "2d", "--key", "k"),
        ("datagen", "--fill", "10", "--since", "2999-01-01", "--key", "k"),
        ("datagen", "--run-id", "two words"),
        ("datagen", "--boards", ","),
        ("datagen", "--boards", ""),
        ("datagen", "--boards", " , ", "--boards", ""),
        ("datagen", "--fill", "10", "--since", "1969-12-31", "--key", "k"),
        ("datagen", "--fill", "10", "--since", "0001-01-01", "--until", "1971-01-01", "--key", "k"),
        ("submit", "arcade", "ada", "5", "--key", ""),
        ("top", "arcade", "--key", ""),
        ("top", "\udcff"),
        ("unheard-of",),
    ],
)
def test_wrong_usage_is_exit_code_2_and_asks_nobody(run: Runner, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
    assert not run.server.requests


def test_a_key_that_is_given_empty_is_not_replaced_by_another(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHSCORES_ADMIN_KEY", "admin")
    result = run("submit", "arcade", "ada", "5", "--key", "", answers=(accepted(),))
    assert (result.exit_code, run.server.requests) == (2, [])


def test_a_start_before_1970_is_told_so(run: Runner) -> None:
    result = run("datagen", "--fill", "10", "--since", "1969-12-31", "--key", "k")
    assert "--since must not be before 1970" in " ".join(result.stderr.replace("│", " ").split())


def test_boards_may_be_named_with_commas_blanks_and_repetition(run: Runner) -> None:
    result = run(
        "datagen", "--fill", "1", "--boards", "a, b,", "--boards", "c", answers=(problem(404, "unknown-board"),)
    )
    assert result.exit_code == 1
    assert run.server.requests[0].url.path == "/v1/boards/a"


def test_a_wrong_url_is_exit_code_3_and_says_what_to_check(run: Runner) -> None:
    result = run("boards", "--url", "http://board.example/v1", answers=(problem(404, "not-found"),))
    where = "there is nothing at http://board.example/v1/v1/boards: is the URL right? It is what stands before /v1"
    assert (result.exit_code, result.stderr) == (3, f"highscores: {where}\n")


def test_the_past_needs_an_admin_key(run: Runner) -> None:
    result = run("datagen", "--fill", "10", "--since", "30d")
    assert result.exit_code == 2
    assert "HIGHSCORES_ADMIN_KEY" in result.stderr


def test_admin_commands_use_the_admin_key(run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HIGHSCORES_SUBMIT_KEY", "submit")
    monkeypatch.setenv("HIGHSCORES_ADMIN_KEY", "admin")
    file = tmp_path / "board.json"
    file.write_text('{"title": "Arcade"}')
    result = run("boards", "define", "arcade", "--file", str(file), answers=(accepted(), answer(200, DONE)))
    assert result.exit_code == 0
    assert run.server.requests[0].headers["Authorization"] == "Bearer admin"
    assert (run.server.requests[0].method, run.server.body()) == ("PUT", {"title": "Arcade"})


def test_a_score_is_submitted_with_the_submit_key(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHSCORES_SUBMIT_KEY", "submit")
    monkeypatch.setenv("HIGHSCORES_ADMIN_KEY", "admin")
    run("submit", "arcade", "ada", "5", answers=(accepted(),))
    assert run.server.requests[0].headers["Authorization"] == "Bearer submit"


def test_deleting_asks_first(run: Runner) -> None:
    result = run("boards", "delete", "arcade")
    assert result.exit_code == 1
    assert not run.server.requests


def test_a_fill_without_a_board_says_what_to_do(run: Runner) -> None:
    result = run("datagen", "--fill", "10", answers=(answer(200, {"boards": [], "next": None}),))
    assert result.exit_code == 1
    assert "define one" in result.stderr


def test_a_fill_that_was_given_up_ends_with_its_summary_and_exit_code_3(run: Runner) -> None:
    boards = answer(200, {"boards": [{"board": "arcade", "title": "Arcade"}], "next": None})
    result = run("datagen", "--fill", "10", "--run-id", "r1", answers=(boards, problem(503)))
    assert result.exit_code == 3
    assert "accepted 0 of 10 scores" in result.stdout
    assert "first failure: 503" in result.stdout
    assert result.stdout.endswith("run r1\n")
