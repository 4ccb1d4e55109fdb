"""The OpenAPI 3.1 document of a service: from the handlers' signatures, with what they take and refuse filled in.

Handlers decode bodies themselves, to name every wrong field, so a handler says in its `opt` what its body is:
`opt=described(body=Submission, problems=(400, 401))`.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.types import ControllerRouterHandler, Method
from litestar.types.internal_types import PathParameterDefinition

from highscores.domain.problems import Problem
from highscores.web.answers import PROBLEM_JSON, encode_json

_BODY, _EXAMPLES, _PROBLEMS = "openapi_body", "openapi_examples", "openapi_problems"
_HEADERS, _QUERY, _ANSWERS = "openapi_headers", "openapi_query", "openapi_answers"
_REF = "#/components/schemas/{name}"
_EVERYWHERE = (406, 503)
API_KEY: list[dict[str, list[str]]] = [{"apiKey": []}]  # a handler's `security` when a key is needed
API_KEY_OR_NONE: list[dict[str, list[str]]] = [{}, {"apiKey": []}]

_MEANING = {
    400: "The body is not JSON: malformed, empty, NaN, nested too deep. `detail` says what is wrong, and where.",
    401: "No API key, or one that is not known.",
    403: "The API key lacks the scope.",
    404: "There is no such board, player, document or job.",
    406: "The client does not accept JSON.",
    409: "The board has submissions, so this rule cannot change.",
    413: "The body is too large.",
    415: "The body is not declared as JSON, or is compressed.",
    422: "A field or parameter is wrong; each is named in `errors`.",
    429: "Too many requests: wait as long as `Retry-After` says.",
    503: "Not possible now: try again after `Retry-After`, with the same idempotency key.",
}


def described(
    *,
    body: type[msgspec.Struct] | None = None,
    examples: dict[str, Any] | None = None,
    problems: tuple[int, ...] = (),
    headers: dict[str, str] | None = None,
    query: dict[str, dict[str, Any]] | None = None,
    answers: dict[int, Any] | None = None,
) -> dict[str, Any]:
    """The `opt` of a handler: the type of its body with examples by name, statuses of its problems, request headers
    that it heeds with what they mean, the schemas of query parameters that it reads by itself (each with its
    `description`, and `required` where it is), and examples of its answers by status (the framework would leave out
    their nulls)."""
    return {
        _BODY: body,
        _EXAMPLES: examples or {},
        _PROBLEMS: problems,
        _HEADERS: headers or {},
        _QUERY: query or {},
        _ANSWERS: answers or {},
    }


class ApiDocument:
    """What one service says of itself, at a path that is routed to it."""

    def __init__(self, *, title: str, description: str, path: str, tags: Sequence[Tag] = ()) -> None:
        self.path = path
        self._title = title
        self._description = description
        self._tags = list(tags)
        self._encoded: bytes | None = None

    def encoded(self, route_handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]) -> bytes:
        """Return the document as JSON; it is made when it is first asked for."""
        if self._encoded is None:
            self._encoded = encode_json(self._make(route_handlers, dependencies))
        return self._encoded

    def _make(
        self, route_handlers: Sequence[ControllerRouterHandler], dependencies: Mapping[str, Provide]
    ) -> dict[str, Any]:
        # An application of its own, since the framework would serve the document below a path of its own choice.
        app = Litestar(
            route_handlers=route_handlers,
            dependencies=dict(dependencies),
            openapi_config=self._config(),
            logging_config=None,
        )
        document: dict[str, Any] = app.openapi_schema.to_schema()
        schemas = document["components"].setdefault("schemas", {})
        _add_schema(schemas, Problem)
        for route in app.routes:
            for handler in getattr(route, "route_handlers", ()):
                operations = document["paths"].get(getattr(route, "path_format", ""))
                if operations and isinstance(handler, HTTPRouteHandler):
                    for method in handler.http_methods:
                        if operation := operations.get(method.lower()):
                            _complete(operation, handler.opt, schemas)
        return document

    def _config(self) -> OpenAPIConfig:
        return OpenAPIConfig(
            title=self._title,
            version=version("highscores-common"),
            description=self._description,
            tags=self._tags,
            use_handler_docstrings=True,
            operation_id_creator=_operation_id,
            components=Components(
                security_schemes={"apiKey": SecurityScheme(type="http", scheme="bearer", description="An API key.")}
            ),
            render_plugins=[JsonRenderPlugin()],
        )


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: list[str | PathParameterDefinition]) -> str:
    """Return the handler's name as code generators for most languages write names of functions."""
    first, *others = handler.fn.__name__.split("_")
    return first + "".join(word.capitalize() for word in others)


def _complete(operation: dict[str, Any], opt: dict[str, Any], schemas: dict[str, Any]) -> None:
    operation["responses"].pop("400", None)  # the framework's own idea of an error
    for status in sorted({*opt.get(_PROBLEMS, ()), *_EVERYWHERE}):
        operation["responses"][str(status)] = {
            "description": _MEANING[status],
            "content": {PROBLEM_JSON.decode(): {"schema": {"$ref": _REF.format(name=Problem.__name__)}}},
        }
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            operation["responses"][str(status)]["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
            }
    for name, meaning in opt.get(_HEADERS, {}).items():
        operation.setdefault("parameters", []).append(
            {"name": name, "in": "header", "required": False, "description": meaning, "schema": {"type": "string"}}
        )
    for name, schema in opt.get(_QUERY, {}).items():
        shape = dict(schema)
        about = {"required": shape.pop("required", False), "description": shape.pop("description")}
        operation.setdefault("parameters", []).append({"name": name, "in": "query", **about, "schema": shape})
    for status, example in opt.get(_ANSWERS, {}).items():
        operation["responses"][str(status)]["content"]["application/json"]["example"] = example
    if body := opt.get(_BODY):
        _add_schema(schemas, body)
        content: dict[str, Any] = {"schema": {"$ref": _REF.format(name=body.__name__)}}
        if examples := opt[_EXAMPLES]:
            content["examples"] = {name: {"value": value} for name, value in examples.items()}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}


def _add_schema(schemas: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    _, components = msgspec.json.schema_components([struct], ref_template=_REF)
    schemas.update(components)
