"""What the program writes where: to a terminal, into a pipe, onto a full disk, in an encoding that lacks characters."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.unit.client.server import JOB
from typer.testing import CliRunner, Result

from highscores_client import cli

HIGHSCORES = str(Path(sys.executable).with_name("highscores"))
TIMEOUT_S = 20
LARGEST = 2**53 - 1
NAME = "Ádám Ж 🦊"
AT = "2026-11-24T09:30:00.123456Z"

BOARD = {
    "board": "arcade",
    "title": "Arcade\tHall",
    "subscores": [{"name": "laps"}],
    "periods": ["all", "day"],
    "players": 2,
    "submissions": LARGEST,
    "active_at": AT,
}
ENTRIES = [
    {"rank": 1, "player": "ada", "score": LARGEST, "name": NAME, "region": "eu", "achieved_at": AT, "subscores": [3]},
    {
        "rank": 1_234_567,
        "player": "bob",
        "score": -5,
        "name": None,
        "region": None,
        "achieved_at": AT,
        "subscores": [0],
    },
]
PAGE = {
    "document": "arcade:all",
    "board": "arcade",
    "period": {"id": "all", "kind": "all"},
    "version": 7,
    "total": 2,
    "entries": ENTRIES,
}
STANDING = {
    "document": "arcade:all",
    "board": "arcade",
    "period": {"id": "all", "kind": "all"},
    "version": 7,
    "player": "ada",
    "score": LARGEST,
    "subscores": [3],
    "rank": 1,
    "total": 2,
    "percentile": 100.0,
    "achieved_at": AT,
    "targets": [{"target": "1", "score": LARGEST, "gap": 0}, {"target": "9", "score": None, "gap": 0}],
}
RANK = {name: value for name, value in STANDING.items() if name not in ("player", "achieved_at", "targets")}
ENDED = {
    "job": JOB,
    "command": "submit-score",
    "status": "done",
    "accepted_at": AT,
    "result": {"improved": True, "score": LARGEST, "previous": None, "versions": {"all": 7}},
}
ACCEPTED = {"job": JOB, "status": "queued"}
ANSWERS: dict[str, tuple[int, dict[str, Any]]] = {
    "/v1/boards": (200, {"boards": [BOARD], "next": None}),
    "/v1/boards/arcade": (200, BOARD),
    "/v1/boards/arcade/standings": (200, PAGE),
    "/v1/boards/arcade/standings/ada": (200, STANDING),
    "/v1/boards/arcade/rank": (200, RANK),
    "/v1/scores": (202, ACCEPTED),
    "/v1/scores/batch": (202, {"jobs": [JOB] * 3}),
    "/v1/admin/boards/arcade": (202, ACCEPTED),
    f"/v1/jobs/{JOB}": (200, ENDED),
}
ROWS = f"1\tada\t{LARGEST}\t{NAME}\teu\t{AT}\t3\n1234567\tbob\t-5\t\t\t{AT}\t0\n"
PLACE_ROWS = f"rank\t1\ntotal\t2\npercentile\t100.0\nscore\t{LARGEST}\n"
RANK_ROWS = f"{PLACE_ROWS}subscore\tlaps\t3\n"
STANDING_ROWS = (
    f"player\tada\n{PLACE_ROWS}achieved_at\t{AT}\nsubscore\tlaps\t3\ntarget\t1\t{LARGEST}\t0\ntarget\t9\t\t0\n"
)
JOB_ROWS = (
    f"job\t{JOB}\nstatus\tdone\ncommand\tsubmit-score\naccepted_at\t{AT}\n"
    f'improved\ttrue\nscore\t{LARGEST}\nversions\t{{"all":7}}\n'
)


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, body = ANSWERS[urlsplit(self.path).path]
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def board_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("board") / "board.json"
    file.write_text('{"title": "Arcade"}')
    return str(file)


def inside(url: str, *arguments: str) -> Result:
    """Run the program in this process, which takes a fraction of the time; its output is no terminal."""
    return CliRunner().invoke(cli.app, list(arguments), env={"HIGHSCORES_URL": url})


def environment(url: str, encoding: str = "utf-8") -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HIGHSCORES_URL": url, "PYTHONIOENCODING": encoding, "TERM": "xterm"}


def run(url: str, *arguments: str, encoding: str = "utf-8", **options: Any) -> subprocess.CompletedProcess[bytes]:
    options = {"stdout": subprocess.PIPE, **options}
    return subprocess.run(
        [HIGHSCORES, *arguments],
        env=environment(url, encoding),
        stderr=subprocess.PIPE,
        timeout=TIMEOUT_S,
        check=False,
        **options,
    )


def on_terminal(url: str, *arguments: str, columns: int) -> str:
    """Return what the program shows on a terminal so wide."""
    leader, follower = pty.openpty()
    with open(leader, "rb", buffering=0) as reader:
        process = subprocess.Popen(
            [HIGHSCORES, *arguments],
            env=environment(url) | {"COLUMNS": str(columns), "LINES": "50"},
            stdin=follower,
            stdout=follower,
            stderr=follower,
        )
        os.close(follower)
        seen = b""
        try:
            while block := reader.read(65_536):
                seen += block
        except OSError:  # how a terminal says that nobody holds its other end
            pass
        assert process.wait(TIMEOUT_S) == 0, seen.decode()
    return seen.decode()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("top", "arcade"), ROWS),
        (("around", "arcade", "ada"), ROWS),
        (("standing", "arcade", "ada", "--targets", "1,9"), STANDING_ROWS),
        (("rank", "arcade", "--score", "5"), RANK_ROWS),
        (("boards",), f"arcade\t2\t{LARGEST}\tArcade�Hall\tdesc\tbest\tpoints\tall,day\t{AT}\n"),
        (("boards", "--active"), f"arcade\t2\t{LARGEST}\tArcade�Hall\tdesc\tbest\tpoints\tall,day\t{AT}\n"),
        (("job", JOB), JOB_ROWS),
        (("submit", "arcade", "ada", "5"), f"job\t{JOB}\nstatus\tqueued\n"),
        (("submit", "arcade", "ada", "5", "--wait"), JOB_ROWS),
        (("boards", "delete", "arcade", "--yes"), JOB_ROWS),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_a_pipe_gets_plain_lines_with_tabs(url: str, arguments: tuple[str, ...], expected: str) -> None:
    ran = inside(url, *arguments)
    assert (ran.exit_code, ran.stdout) == (0, expected), ran.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("top", "arcade"), PAGE),
        (("around", "arcade", "ada"), PAGE),
        (("standing", "arcade", "ada", "--targets", "1,9"), STANDING),
        (("rank", "arcade", "--score", "5"), RANK),
        (("boards",), {"boards": [BOARD], "next": None}),
        (("boards", "--active"), {"boards": [BOARD], "next": None}),
        (("job", JOB), ENDED),
        (("submit", "arcade", "ada", "5"), ACCEPTED),
        (("submit", "arcade", "ada", "5", "--wait"), ENDED),
        (("boards", "delete", "arcade", "--yes"), ENDED),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_json_is_what_the_service_answered(url: str, arguments: tuple[str, ...], expected: dict[str, Any]) -> None:
    ran = inside(url, *arguments, "--json")
    assert ran.exit_code == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    assert contains(json.loads(line), expected)


def contains(found: Any, expected: Any) -> bool:
    """Whether `found` says all that `expected` says; it may have more, such as defaults."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(contains(found.get(name), value) for name, value in expected.items())
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(contains, found, expected))
    return type(found) is type(expected) and found == expected


def test_a_board_is_defined_with_json_too(url: str, board_file: str) -> None:
    ran = inside(url, "boards", "define", "arcade", "--file", board_file, "--json")
    assert contains(json.loads(ran.stdout), ENDED)


def test_a_fill_tells_its_numbers_as_json(url: str) -> None:
    ran = inside(url, "datagen", "--boards", "arcade", "--fill", "3", "--run-id", "r1", "--json")
    assert ran.exit_code == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["run"], told["phase"], told["sent"], told["accepted"], told["rejected"]) == ("r1", "fill", 3, 3, None)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_watching_writes_each_change_at_once(url: str, options: tuple[str, ...]) -> None:
    command = [HIGHSCORES, "watch", "arcade", *options]
    with subprocess.Popen(command, env=environment(url), stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout
        first = process.stdout.readline()
        process.terminate()
    assert contains(json.loads(first), PAGE) if options else first == ROWS.splitlines(keepends=True)[0]


@pytest.mark.parametrize(("arguments", "columns"), [(("top", "arcade"), 80), (("boards",), 40)])
def test_a_narrow_terminal_shows_whole_numbers(url: str, arguments: tuple[str, ...], columns: int) -> None:
    seen = on_terminal(url, *arguments, columns=columns)
    assert f"{LARGEST:,}" in seen
    assert "…" not in seen


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_the_encoding_lacks_is_written_as_an_escape(url: str, encoding: str) -> None:
    ran = run(url, "top", "arcade", encoding=encoding)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert r" \u0416 \U0001f98a" in ran.stdout.decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_json_stays_json_in_every_encoding(url: str, encoding: str) -> None:
    ran = run(url, "top", "arcade", "--json", encoding=encoding)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert contains(json.loads(ran.stdout.decode(encoding)), PAGE)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_help_is_shown_in_every_encoding(url: str, encoding: str) -> None:
    ran = run(url, "--help", encoding=encoding)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"leaderboards" in ran.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize(
    "arguments",
    [("top", "arcade"), ("watch", "arcade", "--json"), ("--help",), ("datagen", "--fill", "3")],
    ids=" ".join,
)
def test_a_full_disk_is_one_line_and_an_exit_code_of_its_own(url: str, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        ran = run(url, *arguments, stdout=full)
    assert ran.stderr == b"highscores: the output cannot be written: No space left on device\n"
    assert ran.returncode == 4


@pytest.mark.parametrize("arguments", [("top", "arcade"), ("watch", "arcade", "--json")], ids=" ".join)
def test_a_reader_that_has_left_is_no_error_to_tell_of(url: str, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as left:
        ran = run(url, *arguments, stdout=left)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_question_does_not_mix_with_the_data(url: str) -> None:
    ran = CliRunner().invoke(cli.app, ["boards", "delete", "arcade"], input="y\n", env={"HIGHSCORES_URL": url})
    assert ran.stdout == JOB_ROWS
    assert "Delete arcade" in ran.stderr
