"""What of a text people would not see, or could not tell apart, on a board.

Two joiners have no shape of their own and are needed all the same: ZWJ within emoji like a family, and ZWJ and ZWNJ in
scripts whose letters join, there where internationalised domain names allow them too (RFC 5892, appendix A).
"""

import regex

MARKS_MAX = 4  # on one character; what is stacked higher runs over the lines around it

_NEEDED = regex.compile(
    r"(?<=\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)\u200D(?=\p{Extended_Pictographic})"  # joined emoji
    r"|(?<=\p{Extended_Pictographic})[\uFE0E\uFE0F]"  # an emoji as a picture, or as text
    r"|(?<=[0-9#*])\uFE0F(?=\u20E3)"  # keycaps
    r"|(?<=\p{Canonical_Combining_Class=Virama})[\u200C\u200D]"
    r"|(?<=[\p{Joining_Type=L}\p{Joining_Type=D}]\p{Joining_Type=T}*)\u200C"
    r"(?=\p{Joining_Type=T}*[\p{Joining_Type=R}\p{Joining_Type=D}])"
)
# Format characters (bidi and zero-width ones among them), fillers, and the blank of Braille, which is no space.
_UNSEEN = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]")
_TOO_MANY_MARKS = regex.compile(rf"(?:\p{{M}}[\u200C\u200D]?){{{MARKS_MAX + 1}}}")


def why_not_shown(text: str) -> str | None:
    """Return why people must not see this text (in NFC) on a board, or None."""
    if _UNSEEN.search(_NEEDED.sub("", text)):
        return "must not contain control, bidi or invisible characters"
    if _TOO_MANY_MARKS.search(text):
        return f"must not have more than {MARKS_MAX} marks on one character"
    return "must not be blank" if text.isspace() else None
