"""The command line of the worker: `worker run`, `worker migrate`, `worker keys`, `worker dead-letters`."""

import argparse
import sys
from uuid import UUID

from pydantic import ValidationError

from highscores.process import runtime
from highscores.process.logs import configure
from highscores.process.settings import LogSettings, PostgresSettings, RabbitmqSettings
from highscores.process.settings_errors import exit_explaining
from worker import keys
from worker.delivery import dead_letter_replay
from worker.migrate import MigrationError, migrate
from worker.run import DRAIN_LIMIT_S, run

SCOPES = ("submit", "read", "admin")


def main() -> None:
    arguments = _parser().parse_args()
    if arguments.command == "run":
        runtime.run("worker", run, drain_limit_s=DRAIN_LIMIT_S)
    try:
        configure(LogSettings().level, "worker")
        _do(arguments)
    except ValidationError as error:
        exit_explaining("worker", error)


def _do(arguments: argparse.Namespace) -> None:
    match arguments.command:
        case "migrate":
            try:
                migrate(PostgresSettings())
            except MigrationError as error:
                sys.exit(f"worker migrate: {error}")
        case "dead-letters" if arguments.action == "list":
            sys.stdout.write("".join(f"{line}\n" for line in dead_letter_replay.list_letters(PostgresSettings())))
        case "dead-letters":
            try:
                dead_letter_replay.replay(PostgresSettings(), RabbitmqSettings(), arguments.id)
            except ValueError as error:
                sys.exit(f"worker dead-letters replay: {error}")
        case "keys" if arguments.action == "create":
            sys.stdout.write(keys.create(PostgresSettings(), scope=arguments.scope, name=arguments.name) + "\n")
        case "keys":
            try:
                keys.ensure(PostgresSettings(), scope=arguments.scope, name=arguments.name)
            except ValueError as error:
                sys.exit(f"worker keys ensure: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="worker", description="highscores: applies commands, keeps documents current")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the worker until it is told to stop (SIGTERM)")
    commands.add_parser("migrate", help="bring the database schema to this version, as its owner")
    actions = commands.add_parser("keys", help="make API keys").add_subparsers(dest="action", required=True)
    for action, description in (
        ("create", "make a new key and print it, once"),
        ("ensure", f"store the key given in {keys.KEY_VARIABLE}, unless it is there"),
    ):
        keys_parser = actions.add_parser(action, help=description)
        keys_parser.add_argument("--scope", required=True, choices=SCOPES)
        keys_parser.add_argument("--name", required=True, help="what people call it; it is not a secret")
    letters = commands.add_parser("dead-letters", help="messages that could not be handled")
    letter_actions = letters.add_subparsers(dest="action", required=True)
    letter_actions.add_parser("list", help=f"the newest {dead_letter_replay.LISTED_MAX}, with why they were given up")
    replay_parser = letter_actions.add_parser("replay", help="send one back to the queue that gave it up")
    replay_parser.add_argument("id", type=UUID)
    return parser
