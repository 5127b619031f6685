"""Any Python string as text that both databases keep: logs and file names hold what UTF-8 does not."""

from __future__ import annotations

import re

MARK = "\ufffe"
"""A code point that stands for no character; it opens an escape."""

_HARD = re.compile("[\x00\ud800-\udfff\ufffe]")
_ESCAPE = re.compile(MARK + "([0-9a-f]{4})")


def storable(text: str) -> str:
    """``text`` without NUL and lone surrogates; different texts stay different."""
    if (text.isascii() and "\0" not in text) or _HARD.search(text) is None:
        return text
    return _HARD.sub(lambda found: f"{MARK}{ord(found[0]):04x}", text)


def restored(text: str) -> str:
    """What `storable` was given.

    >>> restored(storable("a\\x00b")) == "a\\x00b"
    True
    """
    return text if MARK not in text else _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
