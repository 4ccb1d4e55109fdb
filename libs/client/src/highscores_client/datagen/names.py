"""Made-up names, from the syllables of several alphabets, in the styles that players choose."""

from importlib.resources import files
from random import Random
from typing import Literal

Alphabet = Literal["latin", "cyrillic", "greek", "kana", "hangul", "devanagari", "arabic"]

_CASED: frozenset[Alphabet] = frozenset({"latin", "cyrillic", "greek"})

_TITLES = ("Captain", "Doc", "Lord", "Lady", "Agent", "Baron", "Mad", "Tiny", "Old", "Neon")
_TAGS = ("GG", "TTV", "XL", "II", "III", "HD", "Jr")


def _syllables() -> dict[str, list[str]]:
    text = files(__package__).joinpath("syllables.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    alphabet = ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            alphabet, _, line = line.partition(":")  # noqa: PLW2901
        found.setdefault(alphabet, []).extend(line.split())
    return found


SYLLABLES = _syllables()


def word(random: Random, alphabet: Alphabet) -> str:
    """Return one made-up word, capitalised where the alphabet has capitals."""
    syllables = SYLLABLES[alphabet]
    text = "".join(random.choices(syllables, k=random.choice((2, 2, 2, 3, 3, 4))))
    return text.capitalize() if alphabet in _CASED else text


def display_name(random: Random, alphabet: Alphabet) -> str:
    """Return a name to show: at most 32 characters, most of them a word or a word with something added."""
    base = word(random, alphabet)
    style = random.random()
    if style < 0.40:
        return base
    if style < 0.60:
        return f"{base}{random.randrange(1, 100)}"
    if style < 0.72:
        return f"{base} {word(random, alphabet)}"
    if style < 0.80:
        return f"{base}_{random.choice(_TAGS)}"
    if style < 0.88:
        return f"{random.choice(_TITLES)} {base}"
    if style < 0.93:
        return f"xX_{base}_Xx"
    return base.lower()


def handle(random: Random) -> str:
    """Return the readable part of a player id: ASCII lower case, whatever alphabet the name has."""
    plain = "".join(random.choices(SYLLABLES["latin"], k=2))
    return "".join(character for character in plain if character.isascii()) or "player"
