"""Values that make no sense are refused, in words that say which value and why: the table is refusals.yaml."""

import re
from pathlib import Path

import msgspec
import pytest
from tests.charts.programs import run
from tests.charts.value_sets import CHARTS_FOLDER


class Refusals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From what is given to what is said."""

    schema: dict[str, str]
    template: dict[str, str]


REFUSALS = msgspec.yaml.decode((Path(__file__).parent / "refusals.yaml").read_bytes(), type=Refusals)
FAILURE = re.compile(r'\b(?:fail \(?(?:printf )?|required )"([^"]+)"')  # the text of one in a template


@pytest.mark.parametrize("given", REFUSALS.schema)
def test_the_schema_refuses(given: str) -> None:
    refused = run("helm", "template", "arcade", CHARTS_FOLDER / "highscores", "--set-json", given)

    assert refused.returncode != 0
    assert REFUSALS.schema[given] in refused.stderr


@pytest.mark.parametrize("given", REFUSALS.template)
def test_a_template_refuses(given: str) -> None:
    refused = run("helm", "template", *given.replace("CHARTS", str(CHARTS_FOLDER)).split())

    assert refused.returncode != 0
    assert f"): {REFUSALS.template[given]}" in refused.stderr


def test_every_refusal_of_a_template_is_tested() -> None:
    templates = [file for suffix in ("tpl", "yaml") for file in CHARTS_FOLDER.glob(f"*/templates/**/*.{suffix}")]
    messages = {message for file in templates for message in FAILURE.findall(file.read_text())}
    tested = " ".join(REFUSALS.template.values())
    tested += " ".join(" ".join(file.read_text().split()) for file in CHARTS_FOLDER.glob("*/tests/*_test.yaml"))

    untested = [message for message in sorted(messages) if not any(part in tested for part in plain_parts(message))]

    assert len(messages) > 20
    assert untested == []


def plain_parts(message: str) -> list[str]:
    """The parts of a format that no value fills, each within one sentence and long enough to be no other's."""
    parts = [part.strip() for part in re.split(r"%[sdq]|[.:]", message)]
    return [part for part in parts if len(part) > 12]
