"""Texts that must not show: given in place, in the environment, or in a file of their own."""

from __future__ import annotations

import os
from pathlib import Path

LONGEST = 65_536
"""Bytes of a file that holds a secret."""


class SecretText:
    """A text that prints as dots. Ask `reveal` for it where it is used, and nowhere else."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def found(cls, given: str) -> SecretText:
        """What ``env:NAME`` or ``file:PATH`` leads to, else the text itself.

        Raises:
            ValueError: it leads to nothing; the message is the rest of a sentence and does not show the secret.
        """
        kind, _, rest = given.partition(":")
        if kind == "env":
            if not os.environ.get(rest):
                raise ValueError(f"the environment has no variable {rest}: set it")
            return cls(os.environ[rest])
        if kind == "file":
            return cls(_read(Path(rest)))
        if not given:
            raise ValueError("is empty: give the text, env:NAME or file:PATH")
        return cls(given)

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "SecretText(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise ValueError(f"the file {path} cannot be read: {error.strerror}") from None
    if len(data) > LONGEST:
        raise ValueError(f"the file {path} is longer than {LONGEST} bytes: give one that holds the secret alone")
    try:
        text = data.decode().strip()
    except UnicodeDecodeError:
        raise ValueError(f"the file {path} is not UTF-8 text") from None
    if not text:
        raise ValueError(f"the file {path} is empty")
    return text
