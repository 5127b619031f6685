"""From a stream of bytes to bounded blocks of whole lines: gzip or plain, by content, however broken."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from isal import isal_zlib
from isal.igzip_lib import IsalError

from vedette.logs.kinds import DeadLetter, Limits

GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
_READ = 1 << 16
"""Bytes taken from the stream at once: what one broken piece of a long gzip member can cost."""
_KEPT = 8 << 20
_REPLAYED = 256 << 20
"""A broken gzip member is inflated again up to the break if it is at most so long, stored and as text."""
_BROKEN: tuple[type[Exception], ...] = (cast("type[Exception]", IsalError), zlib.error)
"""What inflating bad data raises; isal's stubs take its exception class for an instance."""


class Readable(Protocol):
    """Anything bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        ...


@dataclass(slots=True)
class Block:
    """Whole lines of an object; ``first_line`` is the number (from 1) of the first."""

    data: bytes
    first_line: int


class Decompressed:
    """A stream's text, gunzipped when it is gzip; members may follow each other.

    Reading never raises for bad data: it gives the text up to the break and stops, and ``broken`` says why. It stops
    as well at ``limits.expansion``.
    """

    def __init__(self, stream: Readable, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._head = _at_least(stream, len(GZIP_MAGIC))
        self._member = _Member() if self._head[:2] == GZIP_MAGIC else None
        self._again = b""
        self._ended = False
        self._produced = 0
        self.compressed = 0
        """Bytes taken from the stream so far."""
        self.broken: str | None = None

    def read(self, size: int, /) -> bytes:
        """About ``size`` bytes of text; fewer at the end or where the data break, none behind it."""
        # Most objects are given out in one piece, which is then not copied.
        parts = [self._again] if self._again else []
        got = len(self._again)
        self._again = b""
        while got < size and not (self.broken or self._ended):
            piece = self._next(size - got)
            if piece is None:
                self._ended = True
                break
            parts.append(piece)
            got += len(piece)
        self._produced += got
        if self._produced > self._limits.expansion:
            self.broken = f"more than {self._limits.expansion} bytes of text: reading stops here"
        return b"".join(parts)

    def unread(self, text: bytes) -> None:
        """Give this out again, before anything else."""
        self._again = text + self._again if self._again else text
        self._produced -= len(text)

    def _raw(self) -> bytes:
        raw = self._head or self._stream.read(_READ)
        self._head = b""
        self.compressed += len(raw)
        return raw

    def _next(self, size: int) -> bytes | None:
        if self._member is None:
            return self._raw() or None
        if self._member.ended:
            data = self._after_member()
            if not data:
                return None
            if data[:2] != GZIP_MAGIC:
                self.broken = "bytes that are not gzip follow the gzip data"
                return None
            self._member = _Member()
        else:
            data = b"" if self._member.waiting else self._raw()
        try:
            text = self._member.inflate(data, max(size, 1))
            # isal holds text back that did not fit in what was asked for: the end is where nothing comes any more.
            if text or data or self._member.ended or self._member.waiting:
                return text
            self.broken = "gzip data end too early (truncated)"
            return self._member.salvaged()
        except _BROKEN as error:
            self.broken = f"gzip data are corrupt ({error})"
            return self._member.salvaged()

    def _after_member(self) -> bytes:
        """What follows a member: writers may fill up with zeros."""
        data = self._member.unused if self._member else b""
        while not (data := data.lstrip(b"\0")):
            data = self._raw()
            if not data:
                return b""
        # The next member's magic may be cut by the end of a piece.
        return data if len(data) > 1 else data + self._raw()


class _Member:
    """One gzip member on its way through the inflater."""

    def __init__(self) -> None:
        self._inflate = isal_zlib.decompressobj(wbits=31)
        self._fed: list[bytes] | None = []
        self._fed_size = 0
        self._given = 0

    @property
    def ended(self) -> bool:
        return self._inflate.eof

    @property
    def unused(self) -> bytes:
        return self._inflate.unused_data

    @property
    def waiting(self) -> bool:
        """Input was taken whose text was not yet asked for."""
        return bool(self._inflate.unconsumed_tail)

    def inflate(self, data: bytes, size: int) -> bytes:
        """Up to ``size`` bytes of text, of ``data`` or of what is still waiting.

        Raises:
            IsalError: the data are corrupt.
        """
        if data and self._fed is not None:
            self._fed.append(data)
            self._fed_size += len(data)
            if self._fed_size > _KEPT:
                self._fed = None
        text = self._inflate.decompress(data or self._inflate.unconsumed_tail, max_length=size)
        self._given += len(text)
        return text

    def salvaged(self) -> bytes:
        """The text between what was given and the break, which isal keeps for itself."""
        if self._fed is None or self._given > _REPLAYED:
            return b""
        again = zlib.decompressobj(wbits=31)
        place = 0
        kept: list[bytes] = []
        for piece in self._fed:
            before = again.copy()
            try:
                texts = [again.decompress(piece)]
            except zlib.error:
                texts = list(_byte_by_byte(before, piece))
            for text in texts:
                kept.append(text[max(self._given - place, 0) :])
                place += len(text)
        return b"".join(kept)


def _byte_by_byte(inflate: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    for place in range(len(data)):
        try:
            yield inflate.decompress(data[place : place + 1])
        except zlib.error:
            return


def _at_least(stream: Readable, size: int) -> bytes:
    data = stream.read(_READ)
    while len(data) < size and (more := stream.read(_READ)):
        data += more
    return data


def line_blocks(text: Readable, limits: Limits, dead: list[DeadLetter]) -> Iterator[Block]:
    """Blocks of whole lines, about ``limits.block`` bytes each; a line over ``limits.record`` becomes a dead letter."""
    carry = b""
    line = 1
    skipping = False
    while True:
        piece = text.read(limits.block)
        if not piece:
            break
        if skipping:
            end = piece.find(b"\n")
            if end < 0:
                continue
            piece, skipping, line = piece[end + 1 :], False, line + 1
        data = carry + piece if carry else piece
        cut = data.rfind(b"\n") + 1
        whole, carry = data[:cut], data[cut:]
        if whole:
            yield from _without_long_lines(whole, line, limits, dead)
            line += whole.count(b"\n")
        if len(carry) > limits.record:
            dead.append(too_long(line, carry, limits))
            carry, skipping = b"", True
    if carry:
        yield Block(carry, line)


def _without_long_lines(data: bytes, line: int, limits: Limits, dead: list[DeadLetter]) -> Iterator[Block]:
    """The lines of ``data``, which ends with a line end, in as few blocks as their lines over the limit leave."""
    begin = at = 0
    while len(data) - at > limits.record:
        end = data.rfind(b"\n", at, at + limits.record + 1) + 1
        if end:
            at = end
            continue
        if at > begin:
            yield Block(data[begin:at], line)
            line += data.count(b"\n", begin, at)
        begin = data.find(b"\n", at) + 1
        dead.append(too_long(line, data[at : at + 200], limits))
        line += 1
        at = begin
    if begin < len(data):
        yield Block(data[begin:], line)


def too_long(position: int, data: bytes, limits: Limits) -> DeadLetter:
    """The dead letter of a record over the limit."""
    return DeadLetter(position, f"record longer than {limits.record} bytes", sample(data))


def sample(data: bytes) -> str:
    """The first 200 characters of something unreadable, printable."""
    return data[:200].decode("utf-8", "replace").replace("\0", "\\0")


def read_all(text: Readable, limit: int) -> bytes | None:
    """The whole text, or None when it is longer than ``limit`` bytes."""
    parts: list[bytes] = []
    size = 0
    while piece := text.read(_READ):
        size += len(piece)
        if size > limit:
            return None
        parts.append(piece)
    return b"".join(parts)


