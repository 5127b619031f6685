"""Answers at hand: what was asked before and cannot have changed since is not worked out again.

An answer is kept when it is made of the request and the database alone (the time was not asked for), and given as long
as nothing at all is committed to the database. Consoles and pollers ask the same questions over and over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

LARGEST = 65_536
"""Bytes of a request's body, and of an answer, that is kept."""

ROOM = 16_777_216
"""Bytes of all that is kept."""

_OVERHEAD = 500


class Question(NamedTuple):
    """All that an answer depends on besides the database and the time."""

    account: str
    region: str
    role: str
    method: str
    raw_path: bytes
    query: bytes
    content_type: bytes | None
    body: bytes


class Answer(NamedTuple):
    """A good answer."""

    status: int
    body: bytes
    lasting: bool
    """It is made of the question and the database alone."""


class Answers:
    """Answers of one version of the database. Of one thread."""

    def __init__(self, version: Callable[[], int | None]) -> None:
        """``version`` as `vedette.findings.changes.Changes.version`."""
        self._ask = version
        self._version: int | None = None
        self._kept: dict[Question, Answer] = {}
        self._size = 0

    def version(self) -> int | None:
        """The database's version now; answers of any other are forgotten."""
        version = self._ask()
        if version != self._version:
            self._kept.clear()
            self._size, self._version = 0, version
        return version

    def find(self, question: Question) -> Answer | None:
        """The answer of the version that was last asked for."""
        return self._kept.get(question)

    def keep(self, version: int | None, question: Question, answer: Answer) -> None:
        """Keep an answer that was worked out after the database had a version."""
        if version is None or version != self._version or not answer.lasting or question in self._kept:
            return
        if len(question.body) > LARGEST or len(answer.body) > LARGEST:
            return
        self._kept[question] = answer
        self._size += _size(question, answer)
        while self._size > ROOM:
            first = next(iter(self._kept))
            self._size -= _size(first, self._kept.pop(first))


def _size(question: Question, answer: Answer) -> int:
    return len(question.raw_path) + len(question.query) + len(question.body) + len(answer.body) + _OVERHEAD
