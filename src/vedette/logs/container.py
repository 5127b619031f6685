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
_READ = 1 << 20
_BROKEN: tuple[type[Exception], ...] = (cast(type[Exception], IsalError), zlib.error)
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

    Reading never raises for bad data: it stops, and ``broken`` says why. It stops as well at ``limits.expansion``.
    """

    def __init__(self, stream: Readable, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._head = stream.read(_READ)
        self._gzip = self._head[:2] == GZIP_MAGIC
        self._inflate = isal_zlib.decompressobj(wbits=31) if self._gzip else None
        self._produced = 0
        self.compressed = 0
        """Bytes taken from the stream so far."""
        self.broken: str | None = None

    def read(self, size: int, /) -> bytes:
        """Up to about ``size`` bytes of text; empty at the end or where the data break."""
        if self.broken:
            return b""
        parts: list[bytes] = []
        got = 0
        while got < size and not self.broken:
            piece = self._next(size - got)
            if piece is None:
                break
            parts.append(piece)
            got += len(piece)
        self._produced += got
        if self._produced > self._limits.expansion:
            self.broken = f"more than {self._limits.expansion} bytes of text: reading stops here"
        return b"".join(parts)

    def _raw(self) -> bytes:
        raw = self._head or self._stream.read(_READ)
        self._head = b""
        self.compressed += len(raw)
        return raw

    def _next(self, size: int) -> bytes | None:
        if self._inflate is None:
            return self._raw() or None
        data = self._inflate.unconsumed_tail
        if self._inflate.eof:
            data = self._inflate.unused_data or self._raw()
            data = data.lstrip(b"\0")
            if not data:
                return None
            if data[:2] != GZIP_MAGIC:
                self.broken = "bytes that are not gzip follow the gzip data"
                return None
            self._inflate = isal_zlib.decompressobj(wbits=31)
        elif not data:
            data = self._raw()
            if not data:
                self.broken = "gzip data end too early (truncated)"
                return None
        try:
            return self._inflate.decompress(data, max_length=max(size, 1))
        except _BROKEN as error:
            self.broken = f"gzip data are corrupt ({error})"
            return None


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
            yield Block(whole, line)
            line += whole.count(b"\n")
        if len(carry) > limits.record:
            dead.append(too_long(line, carry, limits))
            carry, skipping = b"", True
    if carry:
        yield Block(carry, line)


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


