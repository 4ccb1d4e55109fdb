"""The paths of the other services, which only come here when none of their pods is ready.

Some ingress controllers then take the service off their table, and what is left, `/`, leads here. "Not found" would be
a lie on which clients give up; "not now" is true, and they try again.
"""

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler

from highscores.web.app import ANSWERS_ANYTHING
from highscores.web.problems import unavailable

PATHS = [
    "/v1/scores",
    "/v1/scores/batch",
    "/v1/admin/{rest:path}",
    "/v1/jobs",
    "/v1/jobs/{job:str}",
    "/v1/documents",  # below it, the paths are this service's own
]
METHODS = [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE]


async def answer_unavailable() -> None:
    raise unavailable("The service that answers this path is not there. Try again, with the same idempotency key.")


FALLBACK_ROUTES = HTTPRouteHandler(PATHS, http_method=METHODS, include_in_schema=False, opt={ANSWERS_ANYTHING: True})(
    answer_unavailable
)
