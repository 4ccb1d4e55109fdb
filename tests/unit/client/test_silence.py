"""No answer on real sockets: what is told of it, and what is not tried again."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from highscores_client import Client, HighscoresError, RetryPolicy, UnreachableError, silence

URL = httpx.URL("http://board.example")
OPENSSL_TIMEOUT_S = 30


@pytest.fixture(scope="module")
def plain_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def tls_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server with a certificate of its own, which nobody trusts. It hangs up on what is not TLS."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = str(folder / "certificate.pem"), str(folder / "key.pem")
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
        timeout=OPENSSL_TIMEOUT_S,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def unused_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


async def told(url: str) -> tuple[str, int]:
    """What is told of the silence at this URL, and how many attempts were made."""
    retries: list[HighscoresError] = []
    async with Client(url, retry=RetryPolicy(attempts=2, base_s=0.001), on_retry=retries.append) as client:
        with pytest.raises(UnreachableError) as caught:
            await client.boards()
    return str(caught.value), len(retries) + 1


async def test_https_to_a_plain_port_says_so_at_once(plain_port: int) -> None:
    text, attempts = await told(f"https://127.0.0.1:{plain_port}")
    assert text.endswith("it does not speak TLS: does the URL begin with http:// instead?")
    assert "SSL" not in text
    assert attempts == 1


async def test_a_certificate_that_nobody_trusts_is_told_at_once(tls_port: int) -> None:
    text, attempts = await told(f"https://127.0.0.1:{tls_port}")
    assert text.endswith("its certificate is not trusted (self-signed certificate): is it the right host?")
    assert attempts == 1


async def test_plain_http_to_a_tls_port_asks_whether_it_needs_https(tls_port: int) -> None:
    text, _ = await told(f"http://127.0.0.1:{tls_port}")
    assert "does it need https:// instead?" in text


async def test_a_port_where_nothing_listens_is_tried_again_and_told_so() -> None:
    text, attempts = await told(f"http://127.0.0.1:{unused_port()}")
    assert text.endswith("nothing listens there: does the service run, and is the port right?")
    assert attempts == 2


def test_a_name_that_nobody_knows_is_told_so() -> None:
    error = httpx.ConnectError("failed")
    error.__cause__ = socket.gaierror(-2, "Name or service not known")
    assert silence.reason(error, URL) == "no host of that name is known: is the URL right?"


def test_one_of_several_attempts_to_connect_is_enough_to_tell() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = ExceptionGroup("attempts", [OSError("no route"), ConnectionRefusedError(111, "refused")])
    assert silence.reason(error, URL).startswith("nothing listens there")


def test_what_may_pass_is_no_lasting_silence() -> None:
    for error in (httpx.ReadTimeout("slow"), httpx.ConnectError("refused"), httpx.RemoteProtocolError("gone")):
        assert not silence.is_lasting(error)
