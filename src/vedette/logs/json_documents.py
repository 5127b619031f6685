"""The records of JSON documents, one by one and as they stand there, however long, many or broken the documents are.

A document is an array of records, an object that holds such an array under one of `LISTS`, or a record itself; others
may follow it, with or without a line end between them (gzip members put together, Firehose).
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vedette.logs.container import Readable
from vedette.logs.kinds import Limits

LISTS = ("Records", "Events", "logEvents", "items")
"""CloudTrail's delivery files, what ``lookup-events`` prints, subscriptions to CloudWatch Logs, Kubernetes' lists."""

TOO_DEEP = "nested too deeply"
_STEP = 1 << 20
_HEAD = 1 << 12
"""Characters of an object in which its list must begin."""
_TAIL, _TAIL_TOKENS = 1 << 12, 100
"""Characters, and strings and brackets, that may follow the list in its object."""
_NEAR = 16
"""A token that the window's end cuts starts at most so many characters before it (a string may be longer)."""
_SPAN = 1 << 14
"""Characters that most records are shorter than."""
_OVERLAP = 200
_TOO_DEEP_TIMES = 100
_BETWEEN = re.compile("[ \t\r\n,\0\ufeff]*")
_TOKEN = re.compile(r'[^"{}\[\]]*+("(?:[^"\\]|\\.)*+"|[{}\[\]])', re.DOTALL)
_NAME_OF_LIST = re.compile(f'"(?:{"|".join(LISTS)})"')
_LIST = re.compile(r"\s*:\s*\[")
_FIRST_KEY = re.compile(r'\{\s*"(\w{1,64})"')
_USUAL = ("eventVersion", "awsRegion", "version", "EventId", *LISTS)


@dataclass(frozen=True, slots=True)
class Element:
    """A record at its place, counted from 0 over all documents; or, with a ``fault``, a place where there is none."""

    position: int
    data: bytes
    fault: str = ""
    around: str = ""
    """What stands in its document before the list that it is in."""


def elements(source: Readable, limits: Limits) -> Iterator[Element]:
    """All elements in their order; behind a break, those that can be found again."""
    return _Walk(source, limits).elements()


def begins_list(text: str, start: int = 0) -> int | None:
    """Where the elements begin of the object that starts at ``start``, if it holds a list of records."""
    if _NAME_OF_LIST.search(text, start, start + _HEAD) is None:
        return None
    depth, at = 0, start
    while (token := _TOKEN.match(text, at)) and token.end() - start <= _HEAD:
        at = token.end()
        if token[1] in "{[":
            depth += 1
        elif token[1] in "}]":
            depth -= 1
            if depth == 0:
                return None
        elif depth == 1 and token[1][1:-1] in LISTS and (opened := _LIST.match(text, at)):
            return opened.end()
    return None


class _Window:
    """The part of a long text that is looked at. What is not UTF-8 stays as it is, as surrogates."""

    def __init__(self, source: Readable, size: int) -> None:
        self._source = source
        self._size = size
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._ended = False
        self.text = ""
        self.at = 0

    @property
    def end(self) -> int:
        return len(self.text)

    def more(self) -> bool:
        """Let go of what is behind ``at`` and read on; False when the text ends, or the window is full."""
        if self._ended or len(self.text) - self.at > self._size:
            return False
        piece = self._source.read(_STEP)
        self._ended = not piece
        self.text = self.text[self.at :] + self._decoder.decode(piece, final=self._ended)
        self.at = 0
        return True

    def skip(self, what: re.Pattern[str]) -> bool:
        """Go past what matches; False when the text ends there."""
        while True:
            match = what.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < self.end:
                return True
            if not self.more():
                return False


class _Walk:
    """On the way through the documents."""

    def __init__(self, source: Readable, limits: Limits) -> None:
        self._limits = limits
        self._window = _Window(source, max(limits.record, _SPAN))
        # Numbers are only passed over; as int, one of 10,000 digits would be an error.
        self._decoder = json.JSONDecoder(parse_int=str, parse_float=str)
        self._position = 0
        self._inside = False
        """In an array."""
        self._wrapped = False
        """The array is in an object."""
        self._around = ""
        self._too_deep = 0
        self._start = _start_of(())

    def elements(self) -> Iterator[Element]:
        window, sound = self._window, True
        while window.skip(_BETWEEN):
            if self._inside and window.text[window.at] == "]":
                window.at += 1
                self._leave()
            elif self._inside or not self._enter():
                found = self._element()
                sound = not found.fault
                yield found
                self._position += 1
        if self._inside and sound:
            yield Element(self._position, b"", "broken JSON (the list ends too early)")

    def _enter(self) -> bool:
        """Go into the array that stands here, by itself or in an object."""
        window = self._window
        if window.text[window.at] == "[":
            window.at += 1
            self._inside, self._wrapped, self._around = True, False, ""
            return True
        if window.text[window.at] != "{":
            return False
        if window.end - window.at < _HEAD:
            window.more()
        begin = begins_list(window.text, window.at)
        if begin is None:
            return False
        self._around = window.text[window.at:begin]
        window.at = begin
        self._inside = self._wrapped = True
        return True

    def _leave(self) -> None:
        """Go past the array's end, and past the rest of its object."""
        self._inside, self._around = False, ""
        if not self._wrapped:
            return
        window = self._window
        if window.end - window.at < _TAIL:
            window.more()
        depth, at = 1, window.at
        for _ in range(_TAIL_TOKENS):
            token = _TOKEN.match(window.text, at, window.at + _TAIL)
            if token is None:
                return
            at = token.end()
            depth += (token[1] in "{[") - (token[1] in "}]")
            if depth == 0:
                window.at = at
                return

    def _element(self) -> Element:
        """What stands here: an element, or a fault."""
        window, span = self._window, _SPAN
        while True:
            # An error counts the lines before it: in a short piece that is soon done.
            piece = window.text[window.at : window.at + span]
            try:
                _, end = self._decoder.raw_decode(piece)
            except json.JSONDecodeError as error:
                if error.msg.startswith("Unterminated string") or error.pos > len(piece) - _NEAR:
                    if window.at + span < window.end:
                        span *= 16
                        continue
                    if window.more():
                        continue
                    if window.end - window.at > self._limits.record:
                        return self._broken(f"record longer than {self._limits.record} bytes", window.end)
                return self._broken(f"broken JSON ({_said(error)})", window.at + error.pos)
            except RecursionError:
                self._too_deep += 1
                return self._broken(TOO_DEEP, window.at)
            data = piece[:end].encode("utf-8", "surrogateescape")
            if self._position == 0 and (key := _FIRST_KEY.match(piece)):
                self._start = _start_of((key[1],))
            window.at += end
            if len(data) > self._limits.record:
                return Element(self._position, data[:200], f"record longer than {self._limits.record} bytes")
            return Element(self._position, data, around=self._around)

    def _broken(self, fault: str, reached: int) -> Element:
        window = self._window
        shown = window.text[window.at : window.at + 200].encode("utf-8", "surrogateescape")
        if self._too_deep > _TOO_DEEP_TIMES:
            window.at = window.end
            while window.more():
                window.at = window.end
        else:
            self._find_next(max(window.at + 1, reached - _OVERLAP))
        return Element(self._position, shown, fault)

    def _find_next(self, begin: int) -> None:
        """Go to where the next record, or a document with records, seems to start."""
        window = self._window
        while True:
            found = self._start.search(window.text, begin)
            if found is not None:
                window.at = found.start()
                self._inside = self._inside and found[1] not in LISTS
                return
            window.at = max(window.end - _OVERLAP, begin if begin < window.end else window.end)
            begin = 0
            if not window.more():
                window.at = window.end
                return


def _start_of(keys: tuple[str, ...]) -> re.Pattern[str]:
    """How a record starts whose first key is one of these, or one that is usual."""
    names = "|".join(map(re.escape, dict.fromkeys((*keys, *_USUAL))))
    return re.compile(rf'\{{\s*"({names})"')


def _said(error: json.JSONDecodeError) -> str:
    what = "it ends too early" if error.msg.startswith("Unterminated string") else error.msg[:1].lower() + error.msg[1:]
    return f"{what}, {error.pos} characters from its start"
