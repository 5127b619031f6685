"""An hour of a company's estate, as the jobs that are done in it see it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from vedette.simulate.estate_flows import CLIENT_HEADS
from vedette.simulate.estate_plan import Machine, Plan
from vedette.simulate.events import Event, Happening
from vedette.simulate.identifiers import upper_id
from vedette.simulate.network import Instance
from vedette.simulate.principals import Principal

HOUR = 3_600_000
DAY = 24 * HOUR

_HOSTING = ("104.21", "172.67", "141.193", "188.114", "213.186", "217.160", "81.169", "85.13", "46.30", "198.49",
            "199.34", "192.0.78", "76.76.21", "75.2.60", "35.186", "34.98")
"""Where sites and mail servers of the world are hosted."""


@dataclass(frozen=True)
class Hour:
    """An hour that begins at ``begin`` (ms). Jobs draw from ``rng``, which is the hour's own for each job."""

    plan: Plan
    begin: int
    rng: random.Random

    @property
    def of_day(self) -> int:
        """0 to 23, UTC."""
        return self.begin // HOUR % 24

    @property
    def day(self) -> int:
        """Days since the epoch."""
        return self.begin // DAY

    @property
    def weekday(self) -> int:
        """0 is Monday."""
        return (self.day + 3) % 7

    @property
    def working(self) -> bool:
        """Office hours of a weekday in UTC."""
        return self.weekday < 5 and 8 <= self.of_day < 18

    def moment(self) -> float:
        """Some second of the hour."""
        return self.rng.random() * 3_500

    @cached_property
    def hosts(self) -> list[Machine]:
        """All machines."""
        return [machine for network in self.plan.networks for machine in network.machines]

    def client(self) -> str:
        """The address of somebody's home or phone."""
        return _address(self.rng, self.rng.choice(CLIENT_HEADS))

    def site(self) -> str:
        """The address of a host somewhere."""
        return _address(self.rng, self.rng.choice(_HOSTING))

    def session(self, who: Principal) -> Principal:
        """The same with today's credentials, if they are temporary."""
        if not who.access_key_id.startswith("ASIA"):
            return who
        return replace(who, user_identity={
            **who.user_identity, "accessKeyId": upper_id("ASIA", 20, who.arn, who.recipient, self.day)})


Job = Callable[[Hour], Iterator[Happening]]
"""What is done in an hour; each event says ``at`` which of its seconds."""


def inside(
    client: Instance, server: Instance, port: int, *, at: float, dropped: bool = False, refused: bool = False,
    packets: int = 12, size: int = 2_200, reply_packets: int = 10, reply_size: int = 4_200, protocol: str = "tcp",
    duration: float = 4.0, connections: int = 1, spread: float = 30.0,
) -> Iterator[Happening]:
    """A conversation between two machines of the company, in the logs of both.

    ``dropped``: the server's security group did not let it in, so the client's own log shows no more than a packet
    that went out.
    """
    quiet = dropped or refused
    local = 32_768 + int(at * 7) % 28_000 if connections == 1 else None
    if quiet:
        packets, size, reply_packets, reply_size, duration = 1, 60, 1, 40, 0.0
    yield client.connects_to(
        server.private_ip, port, protocol=protocol, answered=not quiet, refused=refused, packets=packets, bytes=size,
        reply_packets=reply_packets, reply_bytes=reply_size, local_port=local, at=at, duration=duration,
        connections=connections, spread=spread)
    yield server.is_contacted_by(
        client.private_ip, port, protocol=protocol, accepted=not dropped, answered=not quiet, refused=refused,
        packets=packets, bytes=size, reply_packets=reply_packets, reply_bytes=reply_size, remote_port=local, at=at,
        duration=duration, connections=connections, spread=spread)


def _address(rng: random.Random, head: str) -> str:
    tail = ".".join(str(rng.randrange(1, 255)) for _ in range(4 - head.count(".") - 1))
    return f"{head}.{tail}"


def dated(events: Iterable[Event], job: Job) -> Iterator[tuple[float, Event]]:
    """Each event with its second of the hour.

    Raises:
        ValueError: the job did not say when.
    """
    for event in events:
        if event.at is None:
            raise ValueError(f"{job.__name__} does not say when")
        yield event.at, event
