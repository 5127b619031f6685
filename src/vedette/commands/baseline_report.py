"""What is normal for a principal or a host, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from vedette.baselines.habits import HALF_LIFE, SETTLING, Habits, Level
from vedette.baselines.presence import REMEMBERED, SEEN_ON, Host, is_settled
from vedette.baselines.uses import USERS, Uses
from vedette.baselines.volumes import Volumes
from vedette.logs.times import format_time
from vedette.publish.plain_text import cell_width, shortened, visible
from vedette.publish.summary import short_time

_KINDS = {"api": "APIs", "denied": "Refused", "network": "Networks", "program": "Programs", "region": "Regions",
          "time": "Times"}
"""Kinds of traits in the order in which they are told; others follow by their own names."""
_WIDEST = 76
"""Columns of a trait."""
_SHOWN = 20
"""Things told of a neighbourhood."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH).days


def date(day: int) -> str:
    """The date of a day that is counted since the epoch, as far as there are dates."""
    return str((_EPOCH + timedelta(days=min(max(day, 0), _LAST))).date())


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table. Numbers are set to the right; the texts are safe already."""
    widths = [max(cell_width(row[place]) for row in (head, *rows)) for place in range(len(head))]
    right = [all(row[place].replace(",", "").replace(".", "").isdigit() for row in rows if row[place])
             for place in range(len(head))]
    for row in (head, *rows):
        cells = []
        for cell, width, is_number in zip(row, widths, right, strict=True):
            space = " " * (width - cell_width(cell))
            cells.append(space + cell if is_number else cell + space)
        yield "  ".join(cells).rstrip()


def principal_lines(habits: Habits, name: str) -> Iterator[str]:
    """What is normal for a principal, and beside it for its peers and the account."""
    profile, day = habits.profiles[name], habits.day
    levels = (profile.own, habits.groups.get(profile.peers, Level()), habits.everybody)
    yield f"  peers: {visible(profile.peers)}"
    yield f"  seen on {profile.active} days before {date(day)}, {date(profile.first)} to {date(profile.last)}"
    if profile.active < SETTLING:
        yield f"  still settling in (until it was seen on {SETTLING}): what its peers do is not new of it either"
    yield f"  counted are days, which fade to half in {HALF_LIFE:g} days"
    by_kind: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for trait in profile.own.traits:
        by_kind.setdefault(trait.partition(":")[0], []).append(trait)
    rows = [("All days", *(f"{level.days.at(day):.1f}" for level in levels))]
    for kind, traits in by_kind.items():
        if traits:
            rows.append((_KINDS.get(kind, visible(kind)), "", "", ""))
        counted = sorted((-profile.own.traits[trait].at(day), trait) for trait in traits)
        rows += [(f"  {shortened(visible(trait.partition(':')[2]), _WIDEST)}", *(
            f"{level.traits[trait].at(day) if trait in level.traits else 0:.1f}" for level in levels))
            for _, trait in counted]
    for line in columns(("on how many days", "itself", "peers", "account"), rows):
        yield f"  {line}"
    if profile.today:
        yield f"  On {date(profile.last)}, not learned until the day is over:"
        for trait, time in sorted(profile.today.items(), key=lambda item: (item[1], item[0])):
            kind, _, value = trait.partition(":")
            new = "" if trait in profile.own.traits else "  (new to it)"
            yield f"    {short_time(format_time(time))[11:]}  {kind} {shortened(visible(value), _WIDEST)}{new}"


def host_lines(model: Uses | Volumes, number: int, host: Host) -> Iterator[str]:
    """What is normal for a host, and for the neighbourhood in which it is."""
    last = host.seen.last
    days = host.seen.bits.bit_count()
    yield f"  seen on {days} of the {REMEMBERED} days up to {date(last)}, first on {date(host.first)}"
    if not is_settled(host, last + 1):
        yield f"  too little to be judged by: that takes two weeks, and {SEEN_ON} days on which it was seen"
    if isinstance(model, Uses):
        rows = [(visible(name), f"{thing.days:,}", date(thing.last),
                 date(thing.users[number]) if number in thing.users else "")
                for name, thing in sorted(model.things.items(), key=lambda item: (-item[1].days, item[0]))]
        head = ("used in the neighbourhood", "days", "last", "last by this host")
    else:
        rows = [(visible(place), f"{len(users):,}", date(max(end for _, end in users.values())),
                 " to ".join(map(date, users[number])) if number in users else "")
                for place, users in sorted(model.places.items(), key=lambda item: (number not in item[1], item[0]))]
        head = ("sent to from the neighbourhood", "senders", "last", "by this host")
        most = sorted(model.most.get(number, {}).items(), key=lambda item: (-item[1], item[0]))[:3]
        said = ", ".join(f"{size / 1e6:,.1f} MB on {date(day)}" for day, size in most) or "nothing big"
        yield f"  most sent to one place in a day: {said}"
    if not rows:
        yield f"  {head[0]}: nothing that the model counts"
        return
    for line in columns(head, rows[:_SHOWN]):
        yield f"  {line}"
    if len(rows) > _SHOWN:
        yield f"  and {len(rows) - _SHOWN} more (`vedette baselines export`)"
    yield f"  (of each, the {USERS} hosts that used it last are remembered)"
