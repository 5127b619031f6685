"""What the hosts of a neighbourhood use (ports, resolvers), and whether that a host uses something is unusual.

Unusual is what neither the host nor its neighbours have used for `presence.REMEMBERED` days, of a host that has a
history and does not take up new things all the time. *When it fails:* a host with an ordinary reason to begin something
is as unusual as one with a bad one; what a neighbour does hides the same thing elsewhere; a thing that is used more
seldom than is remembered is new each time.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from vedette.baselines.presence import REMEMBERED, Host, is_settled, saw, still_there, together

RESTLESS_DAYS, RESTLESS_WITHIN = 2, 28
"""A host that took up something new on so many of the days before is one for which that is ordinary: it crawls, shares
files, or is being built."""
USERS = 3
"""Users remembered of a thing: those that used it last. A thing with so many is common to the neighbourhood."""
THINGS = 256
"""Things remembered. Those used on the fewest days make room."""
SHOWN = 12
"""Things told of when it is said what is usual."""
A_DAY = 16
"""New things remembered of a host and day: one that uses any number must not push out what its neighbours use."""


class Use(Enum):
    """How a use looks before it is learned."""

    OWN = "the host has used it before"
    SHARED = "its neighbours have"
    UNJUDGED = "nobody has, but the host has no history yet"
    RESTLESS = "nobody has, but the host takes up new things all the time"
    UNUSUAL = "nobody has, and the host does not"


class Thing(msgspec.Struct, array_like=True):
    """Something that is used."""

    days: int
    """How many days it was used on."""
    last: int
    users: dict[int, int]
    """Host → the last day on which it used it."""


class Uses(msgspec.Struct):
    """The hosts and things of one neighbourhood."""

    hosts: dict[int, Host] = {}
    things: dict[str, Thing] = {}

    def saw(self, host: int, day: int) -> None:
        """The host was there on that day."""
        saw(self.hosts, host, day)

    def use(self, host: int, name: str, day: int, peers: int) -> Use:
        """Judge that the host uses something on that day, and learn it; a second time on that day changes nothing.

        ``peers``: so many other hosts that used it make it ordinary.
        """
        one = saw(self.hosts, host, day)
        thing = self.things.get(name)
        if thing is not None and day > thing.last + REMEMBERED:
            thing = None
        users = {} if thing is None else {
            user: last for user, last in thing.users.items() if day <= last + REMEMBERED}
        own = host in users
        others = len(users) - own
        if own:
            found = Use.OWN
        elif others >= peers:
            found = Use.SHARED
        elif not is_settled(one, day):
            found = Use.UNJUDGED
        elif one.news.before(day, RESTLESS_WITHIN) >= RESTLESS_DAYS:
            found = Use.RESTLESS
        else:
            found = Use.UNUSUAL
        if not own and others < USERS and one.began(day) >= A_DAY and thing is None:
            return found
        self._learn(name, thing, users, host, day)
        return found

    def used(self, day: int) -> list[str]:
        """What was used on days before that day: those used on the most days."""
        known = {name: thing for name, thing in self.things.items()
                 if thing.last + REMEMBERED >= day and (thing.days > 1 or thing.last < day)}
        return sorted(known, key=lambda name: (-known[name].days, name))[:SHOWN]

    def expire(self, day: int) -> bool:
        """Forget what lies too far back. True when nothing is left."""
        self.hosts = still_there(self.hosts, day)
        self.things = {name: thing for name, thing in self.things.items() if day <= thing.last + REMEMBERED}
        return not self.hosts and not self.things

    def merge(self, other: Uses) -> Uses:
        """What both know."""
        things = dict(self.things)
        for name, theirs in other.things.items():
            things[name] = _both(things[name], theirs) if name in things else theirs
        kept = sorted(things, key=lambda name: (things[name].days, things[name].last, name))[-THINGS:]
        return Uses(together(self.hosts, other.hosts), {name: things[name] for name in sorted(kept)})

    def _learn(self, name: str, thing: Thing | None, users: dict[int, int], host: int, day: int) -> None:
        users[host] = max(day, users.get(host, day))
        kept = sorted(users, key=lambda user: (users[user], user))[-USERS:]
        if thing is None:
            self.things.pop(name, None)
            if len(self.things) >= THINGS:
                least = sorted(self.things, key=lambda one: (self.things[one].days, self.things[one].last, one))
                for one in least[:THINGS // 8]:
                    del self.things[one]
            self.things[name] = thing = Thing(1, day, {})
        elif day > thing.last:
            thing.days += 1
        thing.last = max(day, thing.last)
        thing.users = {user: users[user] for user in sorted(kept)}


def _both(one: Thing, other: Thing) -> Thing:
    users = {user: max(one.users.get(user, 0), other.users.get(user, 0))
             for user in one.users.keys() | other.users.keys()}
    kept = sorted(users, key=lambda user: (users[user], user))[-USERS:]
    return Thing(max(one.days, other.days), max(one.last, other.last), {user: users[user] for user in sorted(kept)})
