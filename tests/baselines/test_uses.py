"""What a neighbourhood uses: who is judged, what is unusual, and that it can be merged, kept in bytes and forgotten."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from vedette.baselines.presence import HOSTS, LEARNING, REMEMBERED, Days
from vedette.baselines.uses import A_DAY, THINGS, Use, Uses

DAYS = st.lists(st.integers(0, 200), max_size=80)


@given(DAYS, st.integers(0, 260))
def test_days_are_those_added_whatever_their_order(days: list[int], day: int) -> None:
    kept = Days()
    for one in days:
        kept.add(one)
    last = max(days, default=0)
    wanted = {one for one in days if last - REMEMBERED < one <= last and day - REMEMBERED <= one < day}
    assert kept.before(day) == len(wanted)


@given(DAYS, DAYS)
def test_days_merge_to_those_of_both(some: list[int], others: list[int]) -> None:
    one, other, both = Days(), Days(), Days()
    for kept, days in ((one, some), (other, others), (both, some + others)):
        for day in days:
            kept.add(day)
    assert one.merged(other) == other.merged(one) == both


def _settled(hosts: int = 2) -> Uses:
    uses = Uses()
    for day in range(100, 100 + LEARNING + 1):
        for host in range(hosts):
            uses.saw(host, day)
    return uses


NOW = 100 + LEARNING


def test_only_a_host_with_a_history_is_judged() -> None:
    assert _settled().use(0, "4444", NOW, 1) is Use.UNUSUAL
    assert _settled().use(0, "4444", NOW - 1, 1) is Use.UNJUDGED
    assert _settled().use(9, "4444", NOW, 1) is Use.UNJUDGED
    seldom = Uses()
    for day in (100, 107, 113):
        seldom.saw(0, day)
    assert seldom.use(0, "4444", NOW, 1) is Use.UNJUDGED


def test_what_was_judged_is_known_and_known_to_neighbours() -> None:
    uses = _settled(3)
    assert uses.use(0, "22", NOW, 2) is Use.UNUSUAL
    assert uses.use(0, "22", NOW, 2) is Use.OWN
    assert uses.use(1, "22", NOW, 2) is Use.UNUSUAL
    assert uses.use(2, "22", NOW, 2) is Use.SHARED
    assert uses.used(NOW) == []
    assert uses.used(NOW + 1) == ["22"]


def test_a_host_that_takes_up_new_things_is_restless_and_pushes_nobody_out() -> None:
    uses = _settled()
    uses.use(1, "443", NOW, 1)
    for day in (NOW - 2, NOW - 1):
        for port in range(1000):
            uses.use(0, str(5000 + 1000 * day + port), day, 1)
    assert len(uses.things) == 1 + 2 * A_DAY
    assert uses.use(0, "9999", NOW, 1) is Use.RESTLESS
    assert uses.use(1, "443", NOW + 1, 1) is Use.OWN


def test_it_forgets_after_what_it_remembers() -> None:
    uses = _settled()
    uses.use(0, "22", NOW, 1)
    assert not uses.expire(NOW + REMEMBERED)
    assert uses.expire(NOW + REMEMBERED + 1)
    assert uses == Uses()


@given(st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(["22", "25", "389"]), st.integers(90, 140)), max_size=60))
def test_it_is_bounded_and_a_merge_has_no_sides(done: list[tuple[int, str, int]]) -> None:
    parts = [Uses(), Uses()]
    for place, (host, name, day) in enumerate(sorted(done, key=lambda one: one[2])):
        parts[place % 2].use(host, name, day, 1)
    both = parts[0].merge(parts[1])
    assert both == parts[1].merge(parts[0])
    assert len(both.hosts) <= HOSTS
    assert len(both.things) <= THINGS
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(both), type=Uses) == both
