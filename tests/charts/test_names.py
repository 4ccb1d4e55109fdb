"""Two releases in one namespace share no name; images have one that says what is in them."""

import re
from pathlib import Path

import pytest
from tests.charts.manifests import Rendering
from tests.charts.programs import succeed
from tests.charts.value_sets import CHARTS, VALUE_SETS, ValueSet

LONGEST = 63  # characters of a label, and of a Service's name
VERSIONED = re.compile(r"^[^:@]+(:[0-9]+/[^:@]+)?(:(?!latest$)[\w][\w.-]*|@sha256:[0-9a-f]{64})$")
BIG = {chart: ValueSet(chart) for chart in CHARTS} | {
    values.chart: values for values in VALUE_SETS if values.name == "everything-on"
}


@pytest.mark.parametrize("chart", CHARTS)
def test_two_releases_share_no_name(chart: str) -> None:
    _, *rest = BIG[chart].arguments

    one, other = (
        Rendering.of(succeed("helm", "template", release, *rest, "--set", "fullnameOverride="))
        for release in ("arcade", "arcade-2")
    )

    assert one.names & other.names == set()
    assert len(one.names) == len(one.objects)


def test_no_name_is_too_long(rendering: Rendering) -> None:
    labelled = ("Service", "Job", "StatefulSet", "Pod")  # their names become labels, or names of hosts
    names = [one["metadata"]["name"] for one in rendering.of_kind(*labelled)]
    labels = [f"{key}: {value}" for pod in rendering.pods() for key, value in pod.labels.items()]

    assert [name for name in names if len(name) > LONGEST] == []
    assert [one for one in labels if any(len(part) > LONGEST for part in one.rpartition("/")[2].split(": "))] == []


def test_no_cronjob_is_too_long_for_its_jobs(rendering: Rendering) -> None:
    assert [one["metadata"]["name"] for one in rendering.of_kind("CronJob") if len(one["metadata"]["name"]) > 52] == []


def test_every_image_has_a_version(rendering: Rendering) -> None:
    images = {container["image"] for pod in rendering.pods() for container in pod.containers}

    assert [image for image in images if not VERSIONED.match(image)] == []


def test_all_images_come_from_the_mirror() -> None:
    everything_on = BIG["highscores"]

    rendering = Rendering.of(succeed("helm", "template", *everything_on.arguments))

    images = {container["image"] for pod in rendering.pods() for container in pod.containers}
    assert [image for image in images if not image.startswith("registry.example.com/mirror/")] == []
    assert all(pod.spec["imagePullSecrets"] == [{"name": "pull"}] for pod in rendering.pods())


def test_every_object_says_whose_it_is(rendering: Rendering) -> None:
    wanted = {
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/part-of",
        "app.kubernetes.io/managed-by",
    }

    silent = [one["metadata"]["name"] for one in rendering.objects if not wanted <= one["metadata"]["labels"].keys()]

    assert silent == []


def test_values_files_begin_by_saying_for_whom_they_are() -> None:
    files = [values.file for values in VALUE_SETS if values.file]

    assert [file.name for file in files if not begins_with_comment(file)] == []


def begins_with_comment(file: Path) -> bool:
    return file.read_text().startswith("# ")
