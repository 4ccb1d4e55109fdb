"""Settings that cannot mean what they say are refused at the start."""

import pytest
from pydantic import ValidationError

from highscores.process.settings import AppSettings
from highscores.process.settings_errors import EXIT_BAD_SETTINGS, exit_explaining

SECRET = "s" * 32


def settings(monkeypatch: pytest.MonkeyPatch, origins: str) -> AppSettings:
    monkeypatch.setenv("HIGHSCORES_JOB_SECRET", SECRET)
    monkeypatch.setenv("HIGHSCORES_CORS_ORIGINS", origins)
    return AppSettings()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "origins",
    [
        "",
        "https://game.example.com",
        "https://a.example,http://localhost:3000,http://[::1]:8080,https://xn--bcher-kva.example,capacitor://localhost",
    ],
)
def test_origins_are_taken_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    assert settings(monkeypatch, origins).cors_origins == tuple(origins.split(",") if origins else ())


@pytest.mark.parametrize(
    ("origin", "says"),
    [
        ("*", "an origin holds no *"),
        ("https://*.example.com", "an origin holds no *"),
        (" https://a.example", "a blank too many"),
        ("https://a.example ", "a blank too many"),
        (" ", "a blank too many"),
        ("", "nothing between two commas"),
        ("https://a.example/", "does not end in a slash"),
        ("https://a.example/game", "this is no origin: write it like"),
        ("a.example", "this is no origin: write it like"),
        ("null", "this is no origin: write it like"),
        ("https://b\u00fccher.example", "this is no origin: write it like"),
        ("https://a.example;https://b.example", "this is no origin: write it like"),
        ("HTTPS://A.example", "in lower case"),
        ("https://a.example:443", "leaves out the port 443 of https"),
        ("http://a.example:80", "leaves out the port 80 of http"),
        ("https://a.example:0443", "this is no origin: write it like"),
    ],
)
def test_an_origin_that_no_browser_sends_ends_the_process_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], origin: str, says: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(monkeypatch, f"https://good.example,{origin}")
    with pytest.raises(SystemExit) as ended:
        exit_explaining("get_scores", raised.value)
    said = capsys.readouterr().err
    assert ended.value.code == EXIT_BAD_SETTINGS
    assert said.startswith("get_scores: HIGHSCORES_CORS_ORIGINS: ")
    assert f"'{origin}'" in said
    assert says in said
    assert SECRET not in said
