"""The web page: files as they are, under a policy that lets them load nothing from elsewhere."""

from pathlib import Path

from litestar import Router, get
from litestar.middleware import ASGIMiddleware
from litestar.response import File
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from get_scores.conditional import is_known
from highscores.web.app import ANSWERS_ANYTHING

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    # The files' names do not change with their content, so a browser must ask; 304 is the usual answer.
    (b"cache-control", b"no-cache"),
]
_HTML = "text/html"
_SVG = "image/svg+xml"


def page_routes(web_root: Path) -> Router:
    """Return the routes of the page: `/`, `/docs`, and every file of the folder under `/assets`."""
    opt = {ANSWERS_ANYTHING: True}

    @get("/", opt=opt, sync_to_thread=False)
    def index() -> File:
        return _file(web_root / "index.html", _HTML)

    @get("/docs", opt=opt, sync_to_thread=False)
    def docs() -> File:
        return _file(web_root / "docs.html", _HTML)

    @get("/favicon.ico", opt=opt, sync_to_thread=False)
    def favicon() -> File:
        return _file(web_root / "favicon.svg", _SVG)

    assets = create_static_files_router("/assets", [web_root], opt=opt)
    return Router(
        "/", route_handlers=[index, docs, favicon, assets], middleware=[_Conditional()], include_in_schema=False
    )


def _file(path: Path, media_type: str) -> File:
    return File(path, media_type=media_type, filename=path.name, content_disposition_type="inline")


class _Conditional(ASGIMiddleware):
    """Adds the headers, and answers 304 to those who have the file already: the framework's files do neither."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if_none_match = dict(scope["headers"]).get(b"if-none-match")
        answered = False

        async def send_file(message: Message) -> None:
            nonlocal answered
            if answered:
                return
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = dict(message["headers"])
                message["headers"] = [*message["headers"], *_HEADERS]
                if if_none_match is not None and is_known(headers.get(b"etag", b""), if_none_match):
                    answered = True
                    kept = [(b"etag", headers[b"etag"]), *_HEADERS]
                    await send({"type": "http.response.start", "status": 304, "headers": kept})
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    return
            await send(message)

        await next_app(scope, receive, send_file)
