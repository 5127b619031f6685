"""Text from logs made safe to show: nothing in it can move a cursor, hide a letter or turn the line around."""

from __future__ import annotations

import re
import unicodedata

_JSON_RISKS = re.compile("[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
                         "|[\U000e0000-\U000e007f]")


def visible(text: str) -> str:
    r"""``text`` with everything that does not print (controls, line breaks, direction marks) written as an escape.

    >>> visible("a\x1b[31mb\u202e")
    'a\\x1b[31mb\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode() for one in text)


def escaped_json(text: str) -> str:
    r"""JSON ``text`` of the same meaning in which what a terminal may obey is written as ``\uXXXX``.

    The JSON encoder escapes only what lies below a space.
    """
    return text if text.isprintable() else _JSON_RISKS.sub(lambda found: _as_json(found[0]), text)


def cell_width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(one) for one in text)


def shortened(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns; a cut shows as ``…``."""
    if cell_width(text) <= width:
        return text
    kept, used = [], 0
    for one in text:
        used += _columns(one)
        if used > width - 1:
            break
        kept.append(one)
    return "".join(kept) + "…" if width > 0 else ""


def _columns(one: str) -> int:
    if unicodedata.combining(one):
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1


def _as_json(one: str) -> str:
    number = ord(one)
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
