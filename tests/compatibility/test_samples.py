"""What earlier versions have written is read, and what later ones will write does no harm.

Documents in Redis need servers: tests/integration/test_document_samples.py.
"""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests.compatibility import cases
from tests.compatibility.record import versions

from highscores.domain.board_forms import from_stored
from highscores.domain.boards import Board
from highscores.domain.commands import decode
from highscores.domain.jobs import JobIds
from highscores.jobs import states
from highscores.ledger import reads
from worker.tasks.store import PurgeCursor, RecomputeCursor, UnreadableCursorError, read_cursor

FOLDERS = versions()
UNKNOWN = ["of-tomorrow", b"\0" * 16, 1, {"what": ["ever"]}]


def load(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def each(name: str) -> pytest.MarkDecorator:
    """Parametrize by the samples of this name, of all versions."""
    found = [(f"{folder.name}: {case}", sample) for folder in FOLDERS for case, sample in load(folder, name).items()]
    return pytest.mark.parametrize("sample", [sample for _, sample in found], ids=[case for case, _ in found])


def means(found: list[dict[str, Any]], told: list[dict[str, Any]]) -> bool:
    """Whether all that the sample told is there: a later version may have fields that it did not know."""
    return len(found) == len(told) and all(one.items() >= other.items() for one, other in zip(found, told, strict=True))


def test_the_newest_samples_are_what_this_version_writes() -> None:
    """If not, a stored form has changed: see `record`, and whether the version before can read the new one."""
    written = json.loads(json.dumps(cases.samples()))
    assert {name: load(FOLDERS[-1], name) for name in written} == written


# --- Messages -------------------------------------------------------------------------------------------------------


@each("messages")
def test_a_message_is_read(sample: dict[str, Any]) -> None:
    decoded = decode(bytes.fromhex(sample["bytes"]))

    assert decoded.for_newer is None
    assert means([cases.described(command) for command in decoded.commands], sample["means"])


@each("messages")
def test_a_message_with_more_fields_is_read(sample: dict[str, Any]) -> None:
    version, rows, *_ = msgspec.msgpack.decode(bytes.fromhex(sample["bytes"]))
    # A field that a newer version appends stands behind all that this one knows.
    known = {"submit-score": 14, "build-document": 7, "define-board": 7, "delete-board": 6}
    longer = [[*row, *[None] * (known[row[0]] - len(row)), "new", {"more": 1}] for row in rows]

    decoded = decode(msgspec.msgpack.encode([version, longer, "new"]))

    assert decoded.for_newer is None
    assert means([cases.described(command) for command in decoded.commands], sample["means"])


@each("messages")
def test_a_message_with_an_unknown_command_is_read_but_for_that(sample: dict[str, Any]) -> None:
    version, rows = msgspec.msgpack.decode(bytes.fromhex(sample["bytes"]))

    decoded = decode(msgspec.msgpack.encode([version, [UNKNOWN, *rows]]))

    assert means([cases.described(command) for command in decoded.commands], sample["means"])
    assert decoded.for_newer == msgspec.msgpack.encode([version, [UNKNOWN]])


# --- Rows -----------------------------------------------------------------------------------------------------------


@each("rules")
def test_stored_rules_are_read(sample: dict[str, Any]) -> None:
    assert from_stored(sample["text"]) == msgspec.convert(sample["means"], Board)


@each("rules")
def test_stored_rules_with_more_members_are_read(sample: dict[str, Any]) -> None:
    newer = {**json.loads(sample["text"]), "max_submissions": 5, "cycles": [{"id": "c"}], "ranks": "dense"}
    assert from_stored(json.dumps(newer)) == msgspec.convert({**sample["means"], "ranks": "ordinal"}, Board)


@each("job_ends")
def test_the_end_of_a_job_is_read(sample: dict[str, Any]) -> None:
    row: Any = SimpleNamespace(
        job=cases.JOB,
        command=sample["command"],
        status=sample["status"],
        accepted_at=cases.AT,
        finished_at=cases.AT,
        document=None,
        progress=None,
        result=json.loads(sample["result"] or "null"),
        error=json.loads(sample["error"] or "null"),
    )
    assert means([msgspec.to_builtins(reads._job_state(row))], [sample["means"]])


CURSORS: dict[str, Any] = {"recompute": RecomputeCursor, "purge": PurgeCursor}


@each("cursors")
def test_the_cursor_of_a_task_is_read(sample: dict[str, Any]) -> None:
    cursor: object = read_cursor(sample["text"], CURSORS[sample["kind"]])
    assert means([json.loads(json.dumps(msgspec.to_builtins(cursor)))], [sample["means"]])


@each("cursors")
def test_a_cursor_with_more_members_is_left_to_a_newer_worker(sample: dict[str, Any]) -> None:
    """Stored back without them, what the newer worker knew would be lost."""
    within = {**(json.loads(sample["text"]).get("within") or sample["means"]), "more": 1}
    for more in ({"more": 1}, {"within": within}):
        newer = json.dumps({**json.loads(sample["text"]), **more})
        with pytest.raises(UnreadableCursorError):
            read_cursor(newer, CURSORS[sample["kind"]])


# --- Values in Redis ------------------------------------------------------------------------------------------------


@each("job_states")
def test_a_job_state_is_read(sample: dict[str, Any]) -> None:
    for text in (sample["text"], json.dumps({**json.loads(sample["text"]), "more": {"n": 1}})):
        remembered = states._decode(sample["job"], text.encode())
        assert remembered is not None
        assert means([msgspec.to_builtins(remembered.state)], [sample["means"]])
        assert json.loads(json.dumps(remembered.standing)) == sample["standing"]


# --- Job ids --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_key_gives_the_job_that_it_gave(folder: Path) -> None:
    sample = load(folder, "job_ids")
    ids = JobIds(sample["secret"])
    for *key, job in sample["keys"]:
        assert str(ids.for_key(*key)) == job
        assert ids.command_of(job) == key[0]
