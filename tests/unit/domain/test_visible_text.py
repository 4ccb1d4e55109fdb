"""What people can see, in all scripts, and what only looks like nothing."""

import unicodedata

import pytest

from highscores.domain.visible_text import why_not_shown

ZWNJ, ZWJ, TEXT, PICTURE = "\u200c", "\u200d", "\ufe0e", "\ufe0f"
FAMILY = f"👨{ZWJ}👩{ZWJ}👧"


@pytest.mark.parametrize(
    "text",
    [
        *("", "Ada", "Zoë", "名前", "Ngô Đình", "שָׁלוֹם", "ภาษาไทย", "עברית", "a b", "Å\u0323\u0324\u0325"),
        *(
            FAMILY,
            f"❤{PICTURE}",
            f"❤{TEXT}",
            f"👩🏽{ZWJ}🚀",
            f"🏴{ZWJ}☠{PICTURE}",
            f"❤{PICTURE}{ZWJ}🔥",
            f"1{PICTURE}\u20e3",
        ),
        *("🇩🇪", "👍🏿"),
        f"می{ZWNJ}خواهم",  # Persian: the parts of a word do not join
        f"क्{ZWJ}ष",  # Devanagari: half of a letter
        f"क्{ZWNJ}ष",
        f"ශ්{ZWJ}රී",  # Sinhala: Sri
    ],
)
def test_every_script_and_emoji_is_shown(text: str) -> None:
    assert why_not_shown(unicodedata.normalize("NFC", text)) is None


@pytest.mark.parametrize(
    "text",
    [
        *(f"a{joiner}b" for joiner in (ZWNJ, ZWJ, PICTURE, TEXT, "\u200b", "\u2060", "\ufeff", "\u00ad", "\u034f")),
        *(f"a{filler}" for filler in "\u115f\u1160\u3164\uffa0\u2800\u180e\u17b4\U000e0061\U000e0100\U0001d173"),
        *(f"a{control}b" for control in "\x00\t\n\x7f\x85\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\ud800"),
        *(
            ZWJ,
            f"{ZWJ}👩",
            f"👩{ZWJ}",
            f"👩{ZWJ}a",
            f"👩{ZWJ}{ZWJ}🚀",
            f"a{PICTURE}",
            f"1{PICTURE}",
            f"👩{PICTURE}{PICTURE}",
        ),
        *(f"می{ZWNJ}", f"{ZWNJ}خواهم", f"\u0627{ZWNJ}خ", f"می{ZWJ}خ", f"क{ZWJ}ष", f"می{ZWNJ}{ZWNJ}خ"),
    ],
    ids=ascii,
)
def test_what_is_not_seen_is_refused(text: str) -> None:
    assert why_not_shown(text) == "must not contain control, bidi or invisible characters"


@pytest.mark.parametrize("text", [" ", "   ", "\u00a0", "\u3000 \u2003"])
def test_blanks_alone_are_refused(text: str) -> None:
    assert why_not_shown(text) == "must not be blank"


def test_four_marks_are_shown_and_five_are_not() -> None:
    assert why_not_shown("x" + "\u0316\u0317\u0318\u0319") is None
    assert why_not_shown("x" + "\u0316\u0317\u0318\u0319\u031c") == "must not have more than 4 marks on one character"
    assert why_not_shown("ẍ\u0316y\u0316\u0317\u0318\u0319z") is None
