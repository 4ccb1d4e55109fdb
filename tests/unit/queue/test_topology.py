"""The queues' limits: a policy of the server, which stands in four places that must agree."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from highscores.queue import topology
from highscores.queue.topology import LIMITS
from highscores_local import rabbitmq

REPOSITORY = Path(__file__).resolve().parents[3]
PREPARE = REPOSITORY / "charts/rabbitmq/files/prepare.sh"
DOCUMENTED = (REPOSITORY / "docs/operations.md", REPOSITORY / "k8s/README.md")


def test_the_local_stack_sets_them() -> None:
    assert (rabbitmq.LIMITS_NAME, rabbitmq.LIMITS_PATTERN, rabbitmq.LIMITS) == LIMITS


def test_the_chart_sets_them() -> None:
    definitions = PREPARE.read_text().partition("<<DEFINITIONS\n")[2].partition("\nDEFINITIONS\n")[0]
    text = re.sub(r"\$\(json_string [^)]*\)", '""', definitions).replace("$VHOST", '"/"').replace(r"\$", "$")

    [policy] = json.loads(text)["policies"]

    assert policy == {
        "vhost": "/",
        "name": LIMITS.name,
        "pattern": LIMITS.pattern,
        "apply-to": "queues",
        "priority": 0,
        "definition": LIMITS.definition,
    }


@pytest.mark.parametrize("document", DOCUMENTED, ids=lambda path: path.name)
def test_who_has_a_rabbitmq_of_their_own_is_told_them(document: Path) -> None:
    definition = msgspec.json.encode(LIMITS.definition).decode()
    command = f"rabbitmqctl set_policy --apply-to queues {LIMITS.name} '{LIMITS.pattern}' '{definition}'"
    assert command in document.read_text()


def test_the_limits_are_for_all_queues_of_commands_and_for_no_other() -> None:
    limited = {queue.name for queue in topology.ALL if re.search(LIMITS.pattern, queue.name)}
    assert limited == {"scores", "control", "scores-later", "control-later"}


def test_no_queue_is_declared_with_what_may_change() -> None:
    for queue in (topology.SCORES, topology.CONTROL, *topology.LATER.values()):
        assert not {f"x-{name}" for name in LIMITS.definition} & queue.arguments.keys()
        assert queue.arguments["x-overflow"] == "reject-publish"
        assert queue.arguments["x-dead-letter-strategy"] == "at-least-once"
