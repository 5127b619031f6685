"""How much the hosts of a neighbourhood send to one place within a day, and whether a host sends far more than usual.

Unusual is what goes to a place that is new to the host and its neighbours, when it is more than the host has sent to
any one place on nearly every day that is remembered. *When it fails:* a host that sends much to somebody every day can
send as much to a stranger; a place that has long been sent a little can be sent everything.
"""

from __future__ import annotations

import msgspec

from vedette.baselines.presence import DAY_MS, REMEMBERED, Host, day_of, is_settled, saw, still_there, together

NEW = 7
"""Days during which a place stays new: what begins small and grows within a week is still one beginning."""
ROBUST = 2
"""So many days must have had as much for it to be usual: one move of everything long ago is not."""
USERS = 3
"""Senders remembered of a place: those that sent last."""
PLACES = 256
"""Places remembered. Those that were sent something longest ago make room."""
OPEN = 128
"""Transfers being added up. The smallest make room."""


class Transfer(msgspec.Struct, array_like=True):
    """What one host sends to one place within a day from when it began."""

    began: int
    """Milliseconds since the epoch."""
    size: int = 0
    told: bool = False
    """It has been called unusual; what is unusual is not learned to be usual."""


class Volumes(msgspec.Struct):
    """The hosts of one neighbourhood, where they send, and how much."""

    hosts: dict[int, Host] = {}
    places: dict[str, dict[int, tuple[int, int]]] = {}
    """Place → sender → the first and the last day."""
    most: dict[int, dict[int, int]] = {}
    """Host → day → the most that it sent to one place in a transfer that began on that day."""
    open: dict[str, Transfer] = {}
    """Host and place, as text → the transfer under way."""

    def saw(self, host: int, day: int) -> None:
        """The host was there on that day."""
        saw(self.hosts, host, day)

    def add(self, host: int, place: str, time: int, size: int) -> Transfer:
        """So much went out at that time (ms): the transfer that it is part of."""
        day = day_of(time)
        saw(self.hosts, host, day)
        self._close(time)
        users = self.places.pop(place, {})
        first, last = users.get(host, (day, day))
        users[host] = (day, day) if day > last + REMEMBERED else (min(first, day), max(last, day))
        self.places[place] = _latest(users)
        if len(self.places) > PLACES:
            oldest = sorted(self.places, key=lambda one: (max(last for _, last in self.places[one].values()), one))
            for one in oldest[:PLACES // 8]:
                del self.places[one]
        name = f"{host} {place}"
        transfer = self.open.get(name)
        if transfer is None:
            if len(self.open) >= OPEN:
                least = sorted(self.open, key=lambda one: (self.open[one].size, one))
                for one in least[:OPEN // 8]:
                    self._learn(one, self.open.pop(one))
            transfer = self.open[name] = Transfer(time)
        transfer.size += size
        return transfer

    def is_new(self, host: int, place: str, day: int, peers: int) -> bool:
        """Neither the host nor ``peers`` others have sent there for longer than a place stays new."""
        old = [user for user, (first, last) in self.places.get(place, {}).items()
               if first + NEW <= day <= last + REMEMBERED]
        return host not in old and len(old) < peers

    def usual(self, host: int, day: int) -> int:
        """What the host sent to one place on all but its biggest days before."""
        sizes = sorted(size for when, size in self.most.get(host, {}).items() if day - REMEMBERED <= when < day)
        return sizes[-ROBUST] if len(sizes) >= ROBUST else 0

    def is_settled(self, host: int, day: int) -> bool:
        """There is history enough to judge by."""
        return host in self.hosts and is_settled(self.hosts[host], day)

    def expire(self, time: int) -> bool:
        """Forget what lies too far back. True when nothing is left."""
        self._close(time)
        day = day_of(time)
        self.hosts = still_there(self.hosts, day)
        places = {place: {user: days for user, days in users.items() if day <= days[1] + REMEMBERED}
                  for place, users in self.places.items()}
        self.places = {place: users for place, users in places.items() if users}
        most = {host: {when: size for when, size in days.items() if day - REMEMBERED <= when}
                for host, days in self.most.items() if host in self.hosts}
        self.most = {host: days for host, days in most.items() if days}
        return not self.hosts and not self.places and not self.open

    def merge(self, other: Volumes) -> Volumes:
        """What both know; of transfers from the same host to the same place that differ in time, the later."""
        places = {place: dict(users) for place, users in self.places.items()}
        for place, theirs in other.places.items():
            users = places.setdefault(place, {})
            for user, (first, last) in theirs.items():
                before = users.get(user, (first, last))
                users[user] = (min(first, before[0]), max(last, before[1]))
            places[place] = _latest(users)
        kept = sorted(places, key=lambda one: (max(last for _, last in places[one].values()), one))[-PLACES:]
        hosts = together(self.hosts, other.hosts)
        most: dict[int, dict[int, int]] = {}
        for one in (self, other):
            for host, days in one.most.items():
                if host in hosts:
                    mine = most.setdefault(host, {})
                    mine.update({day: max(size, mine.get(day, 0)) for day, size in days.items()})
        transfers = dict(self.open)
        for name, transfer in other.open.items():
            transfers[name] = _both(transfers[name], transfer) if name in transfers else transfer
        largest = sorted(transfers, key=lambda one: (transfers[one].size, one))[-OPEN:]
        return Volumes(hosts, {place: places[place] for place in sorted(kept)}, most,
                       {name: transfers[name] for name in sorted(largest)})

    def _close(self, time: int) -> None:
        """Learn from the transfers that are over."""
        for name in [name for name, one in self.open.items() if time >= one.began + DAY_MS]:
            self._learn(name, self.open.pop(name))

    def _learn(self, name: str, transfer: Transfer) -> None:
        host, day = int(name.partition(" ")[0]), day_of(transfer.began)
        if transfer.told or host not in self.hosts:
            return
        days = self.most.setdefault(host, {})
        days[day] = max(transfer.size, days.get(day, 0))
        if len(days) > REMEMBERED:
            del days[min(days)]


def _latest(users: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    kept = sorted(users, key=lambda user: (users[user][1], user))[-USERS:]
    return {user: users[user] for user in sorted(kept)}


def _both(one: Transfer, other: Transfer) -> Transfer:
    early, late = sorted((one, other), key=lambda each: (each.began, each.size))
    if late.began >= early.began + DAY_MS:
        return late
    return Transfer(early.began, early.size + late.size, early.told or late.told)
