"""Each set of values is rendered once, for all tests."""

import os
import tarfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.charts.manifests import Rendering
from tests.charts.programs import succeed
from tests.charts.value_sets import VALUE_SETS, ValueSet

# JSON schemas of the kinds that the charts make: Kubernetes 1.34, Gateway API 1.4, KEDA 2.21, Prometheus' operator.
SCHEMAS_ARCHIVE = Path(__file__).parent / "schemas.tar.xz"


@pytest.fixture(scope="session")
def renderings() -> Mapping[ValueSet, Rendering]:
    def render(values: ValueSet) -> Rendering:
        return Rendering.of(succeed("helm", "template", *values.arguments))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(VALUE_SETS, pool.map(render, VALUE_SETS), strict=True))


@pytest.fixture(params=VALUE_SETS, ids=lambda values: values.id)
def values(request: pytest.FixtureRequest) -> ValueSet:
    chosen: ValueSet = request.param
    return chosen


@pytest.fixture
def rendering(values: ValueSet, renderings: Mapping[ValueSet, Rendering]) -> Rendering:
    return renderings[values]


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    with tarfile.open(SCHEMAS_ARCHIVE) as archive:
        # Debian 12's Python 3.11.2 is older than the filters of tarfile; the archive is our own.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(folder)
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("charts")
