"""Bytes to text to bounded blocks of lines: gzip or plain, however broken."""

from __future__ import annotations

import gzip
import io
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.logs.container import Decompressed, line_blocks, read_all, sample
from vedette.logs.kinds import Limits


class Trickle:
    """A stream that gives a byte at a time, as a slow network may."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._stream.read(min(size, 1))


def text_of(data: bytes, limits: Limits | None = None, step: int = 1 << 16) -> tuple[bytes, str | None]:
    text = Decompressed(io.BytesIO(data), limits or Limits())
    parts = []
    while piece := text.read(step):
        parts.append(piece)
    return b"".join(parts), text.broken


def noise(size: int, seed: int = 1) -> bytes:
    """Text that gzip can make only a little shorter."""
    return random.Random(seed).randbytes(size // 2).hex().encode()


def test_plain_and_gzip_are_told_apart_by_content():
    for data in (b"hello\n", gzip.compress(b"hello\n")):
        assert text_of(data) == (b"hello\n", None)
    assert text_of(b"") == (b"", None)


def test_a_stream_may_give_a_byte_at_a_time():
    text = Decompressed(Trickle(gzip.compress(b"one\n") + gzip.compress(b"two\n")), Limits())
    assert text.read(100) == b"one\ntwo\n"
    assert text.broken is None


def test_members_follow_each_other_and_zeros_may_fill_up_between_and_behind_them():
    data = gzip.compress(b"a" * 9) + b"\0" * 70_000 + gzip.compress(b"b" * 9) + b"\0" * 2_000_000
    assert text_of(data) == (b"a" * 9 + b"b" * 9, None)


def test_members_may_be_cut_anywhere_by_the_pieces_that_are_read():
    members = [gzip.compress(noise(4096, seed)) for seed in range(80)]
    assert sum(map(len, members)) > 2 * (1 << 16)
    text, broken = text_of(b"".join(members))
    assert broken is None
    assert text == b"".join(noise(4096, seed) for seed in range(80))


def test_what_follows_gzip_and_is_none_is_named_and_the_text_before_is_kept():
    text, broken = text_of(gzip.compress(b"good\n") + b"rubbish")
    assert text == b"good\n"
    assert broken == "bytes that are not gzip follow the gzip data"


def test_a_truncated_member_gives_all_the_text_before_its_end():
    whole = noise(300_000)
    packed = gzip.compress(whole)
    text, broken = text_of(packed[: len(packed) // 2])
    assert "truncated" in broken
    assert whole.startswith(text)
    assert len(text) > len(whole) * 0.45


@pytest.mark.parametrize("size", [2_000, 3_000_000])
def test_the_text_up_to_a_corrupt_byte_is_kept(size):
    """A wrong byte in a stored block cannot be seen: only the checksum at the end tells. So the code is broken."""
    whole = noise(size)
    packed = bytearray(gzip.compress(whole, 9))
    at = len(packed) * 3 // 4
    packed[at : at + 40] = b"\xff" * 40
    text, broken = text_of(bytes(packed))
    assert "corrupt" in broken
    # Some symbols after the break decode to something before the nonsense is noticed.
    common = next((i for i, (a, b) in enumerate(zip(text, whole, strict=False)) if a != b), min(len(text), len(whole)))
    assert common > len(whole) * 0.70


def test_a_wrong_checksum_costs_no_text():
    packed = bytearray(gzip.compress(b"line\n" * 1000))
    packed[-6] ^= 1
    text, broken = text_of(bytes(packed))
    assert text == b"line\n" * 1000
    assert "corrupt" in broken


def test_a_bomb_stops_soon_after_the_limit():
    bomb = gzip.compress(b"0" * (64 << 20))
    text, broken = text_of(bomb, Limits(expansion=1 << 20))
    assert 1 << 20 < len(text) < 2 << 20
    assert "reading stops here" in broken


def test_the_stored_size_is_counted():
    data = gzip.compress(noise(500_000))
    text = Decompressed(io.BytesIO(data), Limits())
    while text.read(1 << 20):
        pass
    assert text.compressed == len(data)


@given(st.binary(max_size=400), st.integers(0, 400), st.integers(0, 255), st.integers(1, 500))
@settings(max_examples=400, deadline=None)
def test_damage_never_raises_and_what_zlib_could_read_before_it_is_read(payload, at, byte, step):
    packed = bytearray(gzip.compress(payload, mtime=0))
    packed[at % len(packed)] = byte
    text, broken = text_of(bytes(packed), step=step)
    if packed[:2] != b"\x1f\x8b":
        assert (text, broken) == (bytes(packed), None)
        return
    other = zlib.decompressobj(wbits=31)
    expected = b""
    try:
        for place in range(len(packed)):
            expected += other.decompress(packed[place : place + 1])
    except zlib.error:
        pass
    if broken:
        assert text.startswith(expected)  # isal forgives a little that zlib does not
    else:
        assert text == payload
        assert payload.startswith(expected)  # a reserved flag of the header, say, makes zlib alone refuse


def blocks_of(data: bytes, **limits: int):
    dead = []
    return list(line_blocks(io.BytesIO(data), Limits(**limits), dead)), dead


lines_of_text = st.lists(st.integers(0, 60).map(lambda size: b"x" * size), max_size=30)


@given(lines_of_text, st.integers(1, 100), st.integers(1, 50), st.booleans())
def test_every_line_is_in_a_block_at_its_number_or_dead_for_its_length_alone(lines, block, record, ended):
    data = b"\n".join(lines) + (b"\n" if ended else b"")
    blocks, dead = blocks_of(data, block=block, record=record)
    found = {}
    for one in blocks:
        for number, line in enumerate(one.data.removesuffix(b"\n").split(b"\n"), one.first_line):
            assert number not in found
            found[number] = line
    expected = dict(enumerate(data.removesuffix(b"\n").split(b"\n"), 1)) if data else {}
    assert found == {number: line for number, line in expected.items() if len(line) <= record}
    assert [one.position for one in dead] == [number for number, line in expected.items() if len(line) > record]
    assert all(one.reason == f"record longer than {record} bytes" for one in dead)


def test_the_whole_text_is_read_up_to_a_limit():
    assert read_all(io.BytesIO(b"12345"), 5) == b"12345"
    assert read_all(io.BytesIO(b"123456"), 5) is None


def test_a_sample_is_short_and_has_no_nul():
    assert sample(b"\0\xff" + b"a" * 500) == "\\0\ufffd" + "a" * 198
