"""What of a text people would not see, could not read, or could not tell apart, on a board.

Unicode's properties of characters decide, as the package `regex` knows them: of one version of Unicode, whatever the
version of Python. Three kinds of characters have no shape of their own and are needed all the same, in their places:

- Joiners: ZWJ within emoji like a family; ZWJ and ZWNJ in scripts whose letters join, there where internationalised
  domain names allow them too (RFC 5892, appendix A); ZWJ before a virama, as Bengali and Kannada write a ra, and
  between a vowel and its sign, as Marathi writes English ones.
- Tags behind the black flag, which make it the flag of a part of a country, like Scotland (UTS #51, ED-14a).
- Variation selectors behind emoji, ideographs (as names of Japanese people have them) and letters of Mongolian, and
  the vowel separator of Mongolian.
"""

import unicodedata

import regex

MARKS_MAX = 4  # on one character; what is stacked higher runs over the lines around it

_NEEDED = regex.compile(
    r"(?<=\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)\u200D(?=\p{Extended_Pictographic})"  # joined emoji
    r"|(?<=\p{Extended_Pictographic})[\uFE0E\uFE0F]"  # an emoji as a picture, or as text
    r"|(?<=[0-9#*])\uFE0F(?=\u20E3)"  # keycaps
    r"|(?<=\U0001F3F4)[\U000E0030-\U000E0039\U000E0061-\U000E007A]{3,6}\U000E007F"  # flags of parts of countries
    r"|(?<=\p{Canonical_Combining_Class=Virama})[\u200C\u200D]"
    r"|(?<=\p{Indic_Syllabic_Category=Consonant})\u200D(?=\p{Canonical_Combining_Class=Virama})"
    r"|(?<=\p{Indic_Syllabic_Category=Vowel_Independent})\u200D(?=\p{Indic_Syllabic_Category=Vowel_Dependent})"
    r"|(?<=[\p{Joining_Type=L}\p{Joining_Type=D}]\p{Joining_Type=T}*)\u200C"
    r"(?=\p{Joining_Type=T}*[\p{Joining_Type=R}\p{Joining_Type=D}])"
    r"|(?<=\p{Unified_Ideograph})[\uFE00-\uFE02\U000E0100-\U000E01EF]"
    r"|(?<=[\p{Script=Mongolian}&&\p{L}])[\u180B-\u180D\u180F]"
    r"|(?<=[\p{Script=Mongolian}&&\p{L}][\u180B-\u180D\u180F]?)\u180E(?=[\p{Script=Mongolian}&&\p{L}])",
    regex.V1,
)
# Format characters (bidi and zero-width ones among them), fillers, and blanks of three scripts of which no property
# tells that they are no more than that: of Braille, of musical notation and of hieroglyphs.
_UNSEEN_CHARACTERS = (
    r"[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\U0001D159\U00013441\U00013442]"
)
_UNSEEN = regex.compile(_UNSEEN_CHARACTERS)
_SEEN_CHARACTERS = r"\p{L}\p{N}\p{P}\p{S}\p{Extended_Pictographic}"
_SEEN = regex.compile(rf"[{_SEEN_CHARACTERS}]")
# What most names are. No such character is made of more than a letter and three marks.
_PLAIN = regex.compile(
    rf"[[{_SEEN_CHARACTERS}]--{_UNSEEN_CHARACTERS}][[{_SEEN_CHARACTERS}\x20]--{_UNSEEN_CHARACTERS}]*", regex.V1
)
# Everybody's fonts show another thing for these, or a box. What Unicode has reserved for emoji counts as assigned:
# phones have new ones each year, before this service knows of them.
_MEANINGLESS = regex.compile(r"[\p{Co}[\p{Cn}--\p{Extended_Pictographic}]]", regex.V1)
# Marks that sit on a character, and those that stand beside it: each kind is counted by itself, since the spelling of
# some words of Burmese takes five in all. Those that are part of a letter, as in é, count too.
_TOO_MANY_MARKS = regex.compile(
    rf"(?:[\p{{Mn}}\p{{Me}}][\p{{Mc}}\u200C\u200D]*){{{MARKS_MAX + 1}}}"
    rf"|(?:\p{{Mc}}[\p{{Mn}}\p{{Me}}\u200C\u200D]*){{{MARKS_MAX + 1}}}"
)


def why_not_shown(text: str) -> str | None:
    """Return why people must not see this text (in NFC) on a board, or None."""
    if _PLAIN.fullmatch(text):
        return None
    if _UNSEEN.search(text) and _UNSEEN.search(_NEEDED.sub("", text)):
        return "must not contain control, bidi or invisible characters"
    if _MEANINGLESS.search(text):
        return "must not contain characters that Unicode does not assign, or leaves to private use"
    if _TOO_MANY_MARKS.search(unicodedata.normalize("NFD", text)):
        return f"must not have more than {MARKS_MAX} marks on one character"
    return None if _SEEN.search(text) else "must not be blank: it needs a letter, number, punctuation mark or symbol"
