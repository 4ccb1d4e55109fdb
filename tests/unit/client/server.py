"""A scripted server inside the process: answers in turn, and what it was asked."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from highscores_client import Client, RetryPolicy

Answer = httpx.Response | Exception
JOB = "0b9fd3a6-9c3e-8b1a-9c1a-3f0b0f7a1c22"


class Server:
    """Gives its answers in turn, the last one for ever; an exception is raised as the network would."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def client(self, *, attempts: int = 4, on_retry: Callable[[Exception], None] | None = None) -> Client:
        return Client(
            "http://board.example",
            "hs_key",
            retry=RetryPolicy(attempts=attempts),
            transport=httpx.MockTransport(self),
            sleep=self.sleep,
            on_retry=on_retry,
        )

    @property
    def keys(self) -> list[str]:
        return [request.headers["Idempotency-Key"] for request in self.requests]

    def body(self, number: int = 0) -> Any:
        return json.loads(self.requests[number].content)


def answer(status: int, body: object, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


def accepted() -> httpx.Response:
    return answer(202, {"job": JOB, "status": "queued"}, Location=f"/v1/jobs/{JOB}")


def problem(
    status: int, slug: str = "some", *, errors: list[dict[str, str]] | None = None, **headers: str
) -> httpx.Response:
    body = {"type": f"/problems/{slug}", "title": f"It is {slug}", "status": status, "errors": errors or []}
    return answer(status, body, content_type="application/problem+json", **headers)
