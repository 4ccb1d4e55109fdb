"""Why no answer came, in words that say what to check."""

import socket
import ssl
from collections.abc import Iterator

import httpx

# What TLS says of an answer in plain text.
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})


def reason(error: httpx.RequestError, url: httpx.URL) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message}): is it the right host?"
        if _is_plain_answer(cause):
            return "it does not speak TLS: does the URL begin with http:// instead?"
        if isinstance(cause, socket.gaierror):
            return "no host of that name is known: is the URL right?"
        if isinstance(cause, ConnectionRefusedError):
            return "nothing listens there: does the service run, and is the port right?"
    if isinstance(error, httpx.TimeoutException):
        return "timed out"
    if isinstance(error, httpx.ReadError | httpx.RemoteProtocolError) and url.scheme == "http":
        return f"it closed the connection without an answer: does it need https:// instead? ({_text(error)})"
    return _text(error)


def is_lasting(error: httpx.RequestError) -> bool:
    """Whether asking again would only fail in the same way."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return True
    return any(isinstance(cause, ssl.SSLCertVerificationError) or _is_plain_answer(cause) for cause in _causes(error))


def _is_plain_answer(cause: BaseException) -> bool:
    return isinstance(cause, ssl.SSLError) and cause.reason in _NOT_TLS


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and what it comes from, the groups of several attempts to connect included."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__
