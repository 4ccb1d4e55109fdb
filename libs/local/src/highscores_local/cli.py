"""highscores-local up | down | status | logs | restart | reset | packages: what the Makefile calls."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from highscores_local import machine
from highscores_local.down import down, stop_services
from highscores_local.errors import StackError
from highscores_local.stack import STATE_DIRECTORY, Stack, exclusively, known, process_user
from highscores_local.status import status
from highscores_local.up import migrate, start_services, up

LOG_LINES = 20
KEPT_ON_RESET = ("tools", "lock")
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Path], int] = options.run
    try:
        return run(options, repository())
    except StackError as error:
        print(f"\n{error}", file=sys.stderr)
    except PermissionError as error:
        print(f"\n{error}\nWas the stack started by another user? Then let that user do this.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted. What has started is still there: make up goes on, make down ends it.", file=sys.stderr)
        return INTERRUPTED
    return 1


def repository() -> Path:
    """The clone that this package is installed from: the stack is the clone's, wherever the command is given."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "uv.lock").exists():
            return parent
    raise StackError("highscores-local works from a clone of the repository; this is not one.")


def _up(_: argparse.Namespace, clone: Path) -> int:
    up(clone)
    return 0


def _down(_: argparse.Namespace, clone: Path) -> int:
    down(clone)
    return 0


def _status(_: argparse.Namespace, clone: Path) -> int:
    return 0 if status(clone) else 1


def _restart(options: argparse.Namespace, clone: Path) -> int:
    with exclusively(clone):
        stack = _running(clone)
        if options.name is None:
            stop_services(stack)
            migrate(stack)
            start_services(stack)
            return 0
        program = next((program for program in stack.programs() if program.name == options.name), None)
        if program is None:
            names = ", ".join(program.name for program in stack.programs())
            raise StackError(f"There is no program '{options.name}'; there are {names}.")
        stack.supervisor.stop([program.name], within_s=program.stop_wait_s)
        stack.supervisor.start(program)
        stack.supervisor.wait_ready(program)
        print(f"{program.name} is ready again.")
    return 0


def _logs(options: argparse.Namespace, clone: Path) -> int:
    logs = clone / STATE_DIRECTORY / "log"
    files = [logs / f"{options.name}.log"] if options.name else sorted(logs.glob("*.log"))
    missing = [file for file in files if not file.exists()]
    if missing or not files:
        raise StackError(f"There is no log {missing[0] if missing else 'yet'}.")
    arguments = [f"--lines={LOG_LINES}", *(["--follow=name", "--retry"] if options.follow else [])]
    return subprocess.run(["tail", *arguments, *map(str, files)], check=False).returncode


def _reset(options: argparse.Namespace, clone: Path) -> int:
    state = clone / STATE_DIRECTORY
    if not options.yes and _answer(f"Delete all data, keys and logs in {state}? Type yes: ") != "yes":
        print("Nothing was deleted.")
        return 1
    down(clone)
    for entry in state.iterdir():
        if entry.name in KEPT_ON_RESET:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    print("All data is deleted; `make up` begins afresh.")
    return 0


def _answer(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        print()
        return ""


def _packages(options: argparse.Namespace, clone: Path) -> int:
    wanted = machine.missing_server_packages()
    if options.browser:
        wanted += machine.missing_page_packages()
    if options.prometheus:
        wanted += machine.missing_prometheus_packages()
    machine.install(clone, wanted)
    if options.browser:
        machine.fetch_browser(clone)
    return 0


def _running(clone: Path) -> Stack:
    stack = known(clone, process_user(clone))
    if stack is None or not stack.supervisor.is_alive():
        raise StackError("Nothing runs. Start it with: make up")
    return stack


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="highscores-local", description="The one-machine stack of highscores.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[[argparse.Namespace, Path], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    command("up", _up, "install what is missing, start everything, wait until it is ready")
    command("down", _down, "stop everything; the data stays")
    command("status", _status, "show what runs")
    restart = command("restart", _restart, "restart the services (or one program) after a change of code")
    restart.add_argument("name", nargs="?", help="one program, such as worker")
    logs = command("logs", _logs, "show the ends of the logs")
    logs.add_argument("name", nargs="?", help="one program, such as worker")
    logs.add_argument("--follow", action="store_true", help="go on as they grow")
    reset = command("reset", _reset, "stop everything and delete all data")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    packages = command("packages", _packages, "install the servers that are missing")
    packages.add_argument("--browser", action="store_true", help="and the browser and curl of the tests of the page")
    packages.add_argument(
        "--prometheus", action="store_true", help="and the Prometheus of the tests of alerts and dashboards"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
