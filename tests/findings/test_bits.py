from hypothesis import given
from hypothesis import strategies as st

from vedette.findings.bits import PART, bits_of, both, decoded, either, encoded, members, size, without

seqs = st.sets(st.one_of(
    st.integers(0, 3 * PART), st.sampled_from([0, PART - 1, PART, 2 * PART - 1, 2 * PART]), st.integers(0, 2**40)))


@given(one=seqs, other=seqs)
def test_sets_of_findings_are_sets(one, other):
    mine, theirs = bits_of(one), bits_of(other)
    for made, expected in (
        (mine, one), (both(mine, theirs), one & other), (either(mine, theirs), one | other),
        (without(mine, theirs), one - other),
    ):
        assert list(members(made)) == sorted(expected)
        assert list(members(made, down=True)) == sorted(expected, reverse=True)
        assert size(made) == len(expected)
        assert all(made.values())


@given(st.sets(st.integers(0, PART - 1), min_size=1))
def test_a_part_comes_back_as_it_was_kept(places):
    (bits,) = bits_of(places).values()
    assert decoded(encoded(bits)) == bits


def test_parts_of_every_size_come_back_as_they_were_kept():
    for number in range(1, 200):
        bits = int.from_bytes(b"\x01" * (number * 4)) & (1 << PART) - 1
        assert decoded(encoded(bits)) == bits
    assert decoded(encoded((1 << PART) - 1)) == (1 << PART) - 1


def test_the_parts_of_many_findings_take_a_bit_each_and_of_few_two_bytes_each():
    (full,) = bits_of(range(PART)).values()
    (few,) = bits_of(range(0, PART, PART // 10)).values()
    assert len(encoded(full)) == PART // 8
    assert len(encoded(few)) == 22
