"""What a visitor has: the whole service with boards on it, and a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.api import Api, connected
from tests.stack import Stack

from highscores_local import machine

# Alone on this machine: no sandbox (tests may run as root), nothing that looks for the internet.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Iterator[Api]:
    with connected(stack.url, stack.keys.admin) as api:
        yield api


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = machine.browser()
    assert chromium, "`make page` installs Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A fresh page that must cause no script error and ask nobody but the service."""
    context = browser.new_context(base_url=stack.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    elsewhere: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    page.on("request", lambda request: None if request.url.startswith(stack.url) else elsewhere.append(request.url))
    yield page
    context.close()
    assert not errors
    assert not [url for url in elsewhere if not url.startswith("data:")]
