"""The OpenAPI documents: valid, complete, and true of what the services answer to generated requests."""

import json
import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR, OPENAPI_31_VALIDATOR
from tests.api import Api, bearer
from tests.contract.shapes import JSON
from tests.stack import Stack

pytestmark = pytest.mark.contract

REPETITIONS_MAX = 1_000  # of Go
EXAMPLES = 25  # of each operation, right ones and wrong ones each
REQUEST_TIMEOUT_S = 20
CHECKED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "missing_required_header",
]
CALLS = {
    "/v1/scores/openapi.json": {
        ("post", "/v1/scores"),
        ("post", "/v1/scores/batch"),
        ("post", "/v1/documents"),
        ("put", "/v1/admin/boards/{board}"),
        ("delete", "/v1/admin/boards/{board}"),
    },
    "/docs/get_scores.json": {
        ("get", "/v1/boards"),
        ("get", "/v1/boards/{board}"),
        ("get", "/v1/boards/{board}/periods"),
        ("get", "/v1/boards/{board}/rank"),
        ("get", "/v1/boards/{board}/standings"),
        ("get", "/v1/boards/{board}/standings/{player}"),
        ("get", "/v1/documents/{document}"),
        ("get", "/v1/players/{player}"),
    },
    "/v1/jobs/openapi.json": {("get", "/v1/jobs"), ("get", "/v1/jobs/{job}")},
}
OPERATIONS = [
    (document, *call, mode)
    for document, calls in CALLS.items()
    for call in sorted(calls)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
]


@pytest.mark.parametrize("path", CALLS)
def test_each_service_describes_its_calls(anonymous: Api, path: str) -> None:
    answer = anonymous.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON
    document = answer.json()
    assert document["openapi"].startswith("3.1.")
    assert {(method, route) for route, methods in document["paths"].items() for method in methods} == CALLS[path]
    operations: list[str] = []
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
            operations.append(operation["operationId"])
            assert "500" not in operation["responses"]
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"]
            if accepted := operation["responses"].get("202"):
                assert accepted["headers"]["Location"]["required"] == ("200" not in operation["responses"])
            for parameter in operation.get("parameters", []):
                assert parameter["description"]
                assert parameter["schema"].keys() & {"pattern", "minLength", "minimum", "enum", "examples"}, parameter
    assert len(set(operations)) == len(operations)
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


@pytest.mark.parametrize("path", CALLS)
def test_each_document_is_there_in_both_versions_and_valid(anonymous: Api, path: str) -> None:
    older = anonymous.get(path.replace(".json", "-3.0.json")).json()
    newer = anonymous.get(path).json()

    assert (newer["openapi"], older["openapi"]) == ("3.1.0", "3.0.3")
    assert not [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(newer)]
    assert not [error.message for error in OPENAPI_30_VALIDATOR.iter_errors(older)]
    for route, methods in newer["paths"].items():
        for method, operation in methods.items():
            same = older["paths"][route][method]
            assert same["operationId"] == operation["operationId"]
            assert same["responses"].keys() == operation["responses"].keys()
            for one, other in zip(same.get("parameters", []), operation.get("parameters", []), strict=True):
                assert (one["name"], one["in"], one["required"]) == (other["name"], other["in"], other["required"])
    assert older["components"]["schemas"].keys() == newer["components"]["schemas"].keys()
    assert not re.search(r'"type":(?:"null"|\[)|"const":|"examples":\[', json.dumps(older, separators=(",", ":")))


@pytest.mark.parametrize("path", CALLS)
def test_times_and_large_integers_are_told_from_texts_and_small_ones(anonymous: Api, path: str) -> None:
    def check(node: Any) -> None:
        if isinstance(node, list):
            for each in node:
                check(each)
        elif isinstance(node, dict):
            assert node.get("type") != "integer" or node.get("format") == "int64" or node["maximum"] < 2**31, node
            for name, schema in node.get("properties", {}).items():
                if name.endswith("_at") and "readOnly" not in schema:
                    assert '"format": "date-time"' in json.dumps(schema), name
            for name, each in node.items():
                if name not in ("example", "examples"):
                    check(each)

    check(anonymous.get(path).json())


@pytest.mark.parametrize("path", CALLS)
def test_patterns_are_those_of_every_language(anonymous: Api, path: str) -> None:
    """Go and Rust know no looking ahead, and no thousand repetitions of a repetition."""
    text = anonymous.get(path).text

    patterns = re.findall(r'"pattern":"((?:[^"\\]|\\.)*)"', text)
    assert patterns
    for pattern in patterns:
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        assert "(?" not in pattern.replace("(?:", "")
        counted, of_groups = re.findall(r"\{(?:\d+,)?(\d+)\}", pattern), re.findall(r"\)\{(?:\d+,)?(\d+)\}", pattern)
        assert max(map(int, counted), default=1) * max(map(int, of_groups), default=1) <= REPETITIONS_MAX


@pytest.mark.parametrize(("document", "method", "path", "mode"), OPERATIONS)
def test_answers_are_as_described(stack: Stack, document: str, method: str, path: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{stack.url}{document}")
    operation = schema[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any]) -> None:
        _ask(stack, case)

    ask()


def _ask(stack: Stack, case: Case[Any]) -> None:
    headers = {**bearer(stack.keys.admin), "Prefer": "wait=0"}
    answer = case.call(headers=headers, base_url=stack.url, timeout=REQUEST_TIMEOUT_S)
    checks: Any = CHECKS.get_by_names(CHECKED)
    case.validate_response(answer, checks=checks)
