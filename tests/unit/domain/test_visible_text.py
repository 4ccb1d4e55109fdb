"""What people can see, in all scripts, and what only looks like nothing."""

import unicodedata

import pytest

from highscores.domain.visible_text import why_not_shown

ZWNJ, ZWJ, TEXT, PICTURE = "\u200c", "\u200d", "\ufe0e", "\ufe0f"


def tags(text: str) -> str:
    """The tags behind a black flag: its part of a country, and their end."""
    return "".join(chr(0xE0000 + ord(character)) for character in text) + "\U000e007f"


FAMILY = f"👨{ZWJ}👩{ZWJ}👧"


@pytest.mark.parametrize(
    "text",
    [
        *("Ada", "Zoë", "名前", "Ngô Đình", "שָׁלוֹם", "ภาษาไทย", "עברית", "a b", "Å\u0323\u0324\u0325"),
        *(
            FAMILY,
            f"❤{PICTURE}",
            f"❤{TEXT}",
            f"👩🏽{ZWJ}🚀",
            f"🏴{ZWJ}☠{PICTURE}",
            f"❤{PICTURE}{ZWJ}🔥",
            f"1{PICTURE}\u20e3",
        ),
        *(
            "🇩🇪",
            "👍🏿",
            "\U0001faff",
            f"\U0001faff{PICTURE}{ZWJ}♂{PICTURE}",
            f"☝{PICTURE}🏽",
            f"🕵{PICTURE}🏽{ZWJ}♂{PICTURE}",
        ),
        *(f"🏴{tags(part)} Ada" for part in ("gbsct", "gbeng", "gbwls", "ustx", "fr20r")),
        f"می{ZWNJ}خواهم",  # Persian: the parts of a word do not join
        f"क्{ZWJ}ष",  # Devanagari: half of a letter
        f"क्{ZWNJ}ष",
        f"ශ්{ZWJ}රී",  # Sinhala: Sri
        f"র{ZWJ}্যাম",  # Bengali: a ra that keeps its form
        f"अ{ZWJ}ॅटलास",  # Marathi: a vowel of foreign words
        f"ನ್{ZWNJ}",  # Kannada, and Malayalam as it was written before Unicode 5.1: at the end of a word too
        f"അവന്{ZWJ}",
        *("葛\U000e0100城", "辻\U000e0101", "侮\ufe00"),  # ideographs in the form that a family has in its name
        *("ᠮᠣᠩᠭ᠋ᠣᠯ", "ᠨᠢᠭ\u180eᠠ", "ᠨᠢᠭ\u180b\u180eᠠ"),  # Mongolian: the form of a letter, and its last vowel
        *("လျှော့", "མཱཱཱཱ", "x\u0316 y\u0316"),
        *("...", "?", "♥", "1", "\u0301a"),
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
        *(f"🏴{tags(text)}" for text in ("gb", "gbenglish", "", "GBENG", "a b")),
        *(f"😀{tags('gbsct')}", f"a{tags('gbsct')}", f"🏴{tags('gbsct')[:-1]}", f"🏴{tags('gbsct')}{tags('gbsct')}"),
        *("あ\U000e0100", "葛\U000e0100\U000e0101", "葛\ufe0f", "a\u180b", "ᠮ\u180e", "a\u180eᠠ"),
        *(f"র{ZWJ}", f"{ZWJ}্য", f"अ{ZWJ}", f"ट{ZWJ}ॅ", f"अ{ZWJ}ट", f"র{ZWJ}{ZWJ}্য", f"a{ZWJ}্"),
        *("a\ufff9b", "a\u06ddb"),  # marks of annotations, and of the end of a verse
        *("♪\U0001d159", "\U00013441", "\u3164\u3164", "\u115f\u1160"),
        *(f"می{ZWNJ}", f"{ZWNJ}خواهم", f"\u0627{ZWNJ}خ", f"می{ZWJ}خ", f"क{ZWJ}ष", f"می{ZWNJ}{ZWNJ}خ"),
    ],
    ids=ascii,
)
def test_what_is_not_seen_is_refused(text: str) -> None:
    assert why_not_shown(text) == "must not contain control, bidi or invisible characters"


@pytest.mark.parametrize(
    "text", ["\ue000", "a\uf8ff", "\U000f0000", "\U0010fffd", "a\u0378", "\ufdd0", "\uffff", "\U0010ffff"]
)
def test_what_has_no_meaning_for_everybody_is_refused(text: str) -> None:
    """Private use, unassigned, and what never will be a character."""
    assert why_not_shown(text) == "must not contain characters that Unicode does not assign, or leaves to private use"


@pytest.mark.parametrize(
    "text", ["", " ", "   ", "\u00a0", "\u3000 \u2003", "\u0301", " \u0301\u20dd", "\u0903", "\u0e34 \u0e34"]
)
def test_blanks_and_marks_alone_are_refused(text: str) -> None:
    assert why_not_shown(text) == "must not be blank: it needs a letter, number, punctuation mark or symbol"


MARKS = "\u0316\u0317\u0318\u0319"


def test_four_marks_on_a_character_are_shown() -> None:
    assert why_not_shown("x" + MARKS) is None
    assert why_not_shown(f"y{MARKS}z{MARKS}") is None
    assert why_not_shown("\u1ebf" + MARKS[:2]) is None  # a letter that has two marks already


@pytest.mark.parametrize(
    "text",
    [
        *(
            "x" + MARKS + "\u031c",
            "a" + MARKS + "\u0301",
            "\u1ebf" + MARKS[:3],
            "\u20dd" * 5,
            "\u093e" * 6,
            "a" + "\u0301" * 5,
        ),
        *(f"क्{ZWJ}" + "\u0951" * 4, "क" + "\u0951\u093e" * 5),
    ],
    ids=ascii,
)
def test_a_fifth_mark_is_refused(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    assert why_not_shown(text) == "must not have more than 4 marks on one character"
