"""The private stack that is measured: the tests' servers, and on them the four services as users run them."""

import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tests.servers import REPOSITORY, PrivateStack, private_stack

from highscores_local import postgres, probe
from highscores_local.keys import KEY_PREFIX
from highscores_local.ports import LOOPBACK, free_ports
from highscores_local.program import Program
from highscores_local.services import readiness

SERVICES = ("worker", "post_score", "get_scores", "get_jobs")
SCOPES = ("admin", "submit")
KEY_BYTES = 32
COMMAND_TIMEOUT_S = 60
NULL_BROKER = "post_score-null"
STATIC = "nginx-static"
STATIC_PLAIN = "/page"
STATIC_KEPT_OPEN = "/page-kept-open"

# As Debian ships it, and with what a patient operator would add: the file kept open.
STATIC_CONF = """\
daemon off;
pid "{directory}/nginx.pid";
error_log stderr warn;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    client_body_temp_path "{directory}/body";
    proxy_temp_path "{directory}/proxy";
    fastcgi_temp_path "{directory}/fastcgi";
    uwsgi_temp_path "{directory}/uwsgi";
    scgi_temp_path "{directory}/scgi";
    server {{
        listen {host}:{port};
        default_type application/json;
        add_header Cache-Control "public, max-age=1";
        location = {plain} {{ alias "{file}"; }}
        location = {kept_open} {{ alias "{file}"; open_file_cache max=16; }}
    }}
}}
"""


class SetupError(Exception):
    """The stack could not be made ready; the text says why."""


@dataclass(frozen=True, slots=True)
class BenchStack:
    """`keys` by scope."""

    private: PrivateStack
    keys: Mapping[str, str]

    def url(self, service: str) -> str:
        return f"http://{LOOPBACK}:{getattr(self.private.ports, service)}"

    @property
    def front_door(self) -> str:
        """nginx before all services, as users see them."""
        return f"http://{LOOPBACK}:{self.private.ports.page}"

    def authorization(self, scope: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[scope]}"}

    @contextmanager
    def without(self, *services: str) -> Iterator[None]:
        """Have these services stopped meanwhile."""
        self.private.stop(*services)
        try:
            yield
        finally:
            self.private.start(*services)

    @contextmanager
    def beside(self, program: Program) -> Iterator[None]:
        """Have this program running meanwhile."""
        runner = self.private.runner
        runner.start(program)
        try:
            runner.wait_ready(program)
            yield
        finally:
            runner.stop(program)


@contextmanager
def bench_stack() -> Iterator[BenchStack]:
    """All of it running and ready, with an empty database; nothing of it is left afterwards."""
    with private_stack() as private:
        stack = BenchStack(private, {scope: KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES) for scope in SCOPES})
        _worker_command(private, ["migrate"])
        for scope, key in stack.keys.items():
            arguments = ["keys", "ensure", "--scope", scope, "--name", f"bench-{scope}"]
            _worker_command(private, arguments, {"HIGHSCORES_KEY": key})
        private.start(*SERVICES)
        private.start("nginx")
        try:
            yield stack
        finally:
            private.stop("nginx", *SERVICES)


def null_broker(stack: BenchStack) -> tuple[Program, str]:
    """post_score without a queue behind it, and its URL."""
    original = stack.private.programs["post_score"]
    free = free_ports()
    environment = {
        **original.environment,
        "PYTHONPATH": str(REPOSITORY),
        "HIGHSCORES_HTTP_PORT": str(free.post_score),
        "HIGHSCORES_HEALTH_PORT": str(free.post_score_health),
    }
    program = replace(
        original,
        name=NULL_BROKER,
        argv=(sys.executable, "-m", "bench.null_broker"),
        environment=environment,
        check=readiness(free.post_score_health),
    )
    return program, f"http://{LOOPBACK}:{free.post_score}"


def static_nginx(stack: BenchStack, body: str) -> tuple[Program, str]:
    """An nginx of one process that serves `body` as a file at STATIC_PLAIN and STATIC_KEPT_OPEN of the URL."""
    home, port = stack.private.home, free_ports().page
    directory = home.user.own(home.run / STATIC)
    file = home.write("page.json", body)
    conf = home.write(
        f"{STATIC}.conf",
        STATIC_CONF.format(
            directory=directory,
            host=LOOPBACK,
            port=port,
            file=file,
            plain=STATIC_PLAIN,
            kept_open=STATIC_KEPT_OPEN,
        ),
    )
    original = stack.private.programs["nginx"]
    program = replace(
        original,
        name=STATIC,
        argv=(original.argv[0], "-e", "stderr", "-p", str(directory), "-c", str(conf)),
        directory=directory,
        check=lambda: probe.http_ok(port, STATIC_PLAIN),
    )
    return program, f"http://{LOOPBACK}:{port}"


def _worker_command(private: PrivateStack, arguments: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command of the worker's as the owner of the database."""
    result = subprocess.run(
        private.home.user.wrap([private.services.command("worker"), *arguments]),
        cwd=private.home.run,
        env={**private.services.environment(postgres.OWNER), **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if result.returncode != 0:
        raise SetupError(f"worker {arguments[0]}: {result.stderr.strip()[-600:]}")
