import pytest
from tests.unit.post_score.service import ServiceUnderTest


@pytest.fixture
def service() -> ServiceUnderTest:
    return ServiceUnderTest()
