"""The framework's part of a service: routes, error handling, and the OpenAPI document."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from highscores.web.negotiation import require_json_answer
from highscores.web.openapi import ApiDocument
from highscores.web.problems import handle_exception
from highscores.web.request_validation import BATCH_MAX_BYTES

# In a handler's `opt`: it answers other things than JSON (pages, documents for people).
ANSWERS_ANYTHING = "answers_anything"


def create_app(
    document: ApiDocument, route_handlers: Sequence[ControllerRouterHandler], dependencies: dict[str, Any]
) -> Litestar:
    """Return the application; handlers get each of `dependencies` by its name. It serves its documents itself."""

    provided = {name: Provide(_Constant(value), sync_to_thread=False) for name, value in dependencies.items()}

    @get([document.path, document.path_3_0], include_in_schema=False, sync_to_thread=False)
    def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(
            document.encoded(request.scope["path"], route_handlers, provided), media_type="application/json"
        )

    return Litestar(
        route_handlers=[*route_handlers, openapi_document],
        dependencies=provided,
        exception_handlers={Exception: handle_exception},
        guards=[_json_is_acceptable],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=BATCH_MAX_BYTES,
    )


class _Constant:
    def __init__(self, value: Any) -> None:
        self._value = value

    def __call__(self) -> Any:
        return self._value


def _json_is_acceptable(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    if not handler.opt.get(ANSWERS_ANYTHING):
        accept = connection.headers.get("accept")
        require_json_answer(accept.encode("latin-1", "replace") if accept is not None else None)
