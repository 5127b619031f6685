"""What a company's machines do on the network that is ordinary and looks bad."""

from __future__ import annotations

from collections.abc import Iterator

from vedette.simulate.estate_hour import Hour, Job, inside
from vedette.simulate.events import Happening

_SCANNED = (*range(1, 201), 389, 443, 445, 993, 1433, 1521, 2049, 2375, 3306, 3389, 5432, 5900, 5985, 6379, 8000, 8080,
            8443, 9000, 9100, 9200, 10_250, 11_211, 27_017)
_MAIL, _SUBMISSION = 25, 587


def vulnerability_scan(hour: Hour) -> Iterator[Happening]:
    """The company's own scanner tries two hundred ports of a few machines each night, and all of them in a week."""
    if not 1 <= hour.of_day <= 2:
        return
    for scanner in hour.plan.of("scanner"):
        targets = hour.hosts[hour.weekday::7]
        for place, target in enumerate(targets[hour.of_day % 2::2]):
            for number, port in enumerate(_SCANNED):
                open_port = port in (22, 443, 5432, 9100) and hour.rng.random() < 0.5
                yield from inside(scanner.host, target.host, port, at=30 + place * 200 + number * 0.5,
                                  dropped=not open_port and hour.rng.random() < 0.8, refused=not open_port)


def fleet_checks(hour: Hour) -> Iterator[Happening]:
    """Each network's monitor asks all its machines every five minutes whether SSH and the node exporter answer."""
    for network in hour.plan.networks:
        (monitor,) = network.of("monitor")
        for place, machine in enumerate(network.machines):
            if machine is monitor:
                continue
            for minute in range(0, 60, 5):
                yield from inside(monitor.host, machine.host, 22, at=minute * 60 + place, packets=5, size=280,
                                  reply_packets=4, reply_size=260, duration=1.0)


def mail(hour: Hour) -> Iterator[Happening]:
    """Mail goes out to other companies' servers and comes in from them; on Tuesdays a newsletter to thousands."""
    for server in hour.plan.of("mail"):
        host, rng = server.host, hour.rng
        often = 160 if hour.working else 40
        for _ in range(often):
            size = rng.randrange(4_000, 80_000)
            yield host.connects_to(hour.site(), _MAIL, at=hour.moment(), packets=size // 900 + 9, bytes=size,
                                   reply_packets=18, reply_bytes=2_400, answered=rng.random() < 0.97)
            yield host.is_contacted_by(hour.site(), _MAIL, at=hour.moment(), packets=size // 900 + 9, bytes=size,
                                       reply_packets=16, reply_bytes=2_100)
        for _ in range(often // 4):
            yield host.is_contacted_by(hour.client(), _SUBMISSION, at=hour.moment(), packets=40, bytes=26_000)
        if hour.weekday == 1 and hour.of_day == 9:
            for number in range(3_000):
                yield host.connects_to(hour.site(), _MAIL, at=600 + number * 0.8, packets=60, bytes=52_000,
                                       reply_packets=22, reply_bytes=2_500, answered=rng.random() < 0.95)


def machines_mail(hour: Hour) -> Iterator[Happening]:
    """Other machines hand their mail to SES and to the company's server."""
    for machine in hour.plan.of("app")[::3]:
        for _ in range(6):
            yield machine.host.connects_to(hour.rng.choice(("54.240.27.40", "44.194.15.7")), _SUBMISSION,
                                           at=hour.moment(), packets=24, bytes=9_000)
    for server in hour.plan.of("mail"):
        for machine in hour.plan.of("monitor"):
            yield from inside(machine.host, server.host, _MAIL, at=hour.moment(), size=6_000)


def crawler(hour: Hour) -> Iterator[Happening]:
    """A crawler asks thousands of sites an hour; some do not answer and some refuse."""
    for machine in hour.plan.of("crawler"):
        for _ in range(2_500):
            drawn = hour.rng.random()
            yield machine.host.connects_to(
                hour.site(), 443 if hour.rng.random() < 0.85 else 80, at=hour.moment(), answered=drawn > 0.08,
                refused=drawn < 0.03, packets=22 if drawn > 0.08 else None)


def peer_to_peer(hour: Hour) -> Iterator[Happening]:
    """Images are spread by BitTorrent: hundreds of peers at whatever port, of which many are gone."""
    for machine in hour.plan.of("media"):
        for _ in range(350):
            protocol = "udp" if hour.rng.random() < 0.6 else "tcp"
            gone = hour.rng.random() < 0.35
            yield machine.host.connects_to(
                hour.client(), hour.rng.randrange(10_000, 65_000), protocol=protocol, at=hour.moment(),
                answered=not gone, refused=gone and protocol == "tcp" and hour.rng.random() < 0.4,
                duration=1.0 if gone else 120.0, packets=None if gone else 300)
            yield machine.host.is_contacted_by(hour.client(), 6_881, protocol=protocol, at=hour.moment(),
                                               packets=80, bytes=20_000)


def streams(hour: Hour) -> Iterator[Happening]:
    """Video goes to clients over QUIC, calls over RTP, and all of it by UDP in large numbers."""
    for machine in hour.plan.of("stream"):
        for _ in range(400 if hour.working else 150):
            packets = hour.rng.randrange(2_000, 60_000)
            yield machine.host.is_contacted_by(
                hour.client(), 443, protocol="udp", at=hour.moment(), duration=240.0, packets=packets // 12,
                bytes=packets * 8, reply_packets=packets, reply_bytes=packets * 1_250)
        for _ in range(60):
            yield machine.host.connects_to(hour.client(), hour.rng.randrange(16_384, 65_000), protocol="udp",
                                           at=hour.moment(), duration=300.0, packets=15_000, bytes=3_000_000,
                                           reply_packets=15_000, reply_bytes=3_000_000)
        for number in range(80):
            yield machine.host.is_contacted_by(f"2a00:23c7:{number:x}::{hour.rng.randrange(1, 65_000):x}", 443,
                                               at=hour.moment())


def tunnels(hour: Hour) -> Iterator[Happening]:
    """Branch offices come by IPsec (ESP has no ports), people by WireGuard, and go on to the machines they use."""
    for gateway in hour.plan.of("vpn"):
        host = gateway.host
        for office in ("82.64.110.9", "71.190.200.9"):
            for minute in range(60):
                packets = hour.rng.randrange(200, 9_000) if hour.working else 12
                for source, target in ((office, host.private_ip), (host.private_ip, office)):
                    yield host.flow(at=minute * 60, srcaddr=source, dstaddr=target, srcport=0, dstport=0, protocol=50,
                                    packets=packets, bytes=packets * 800, start=0, end=58)
            yield host.is_contacted_by(office, 4_500, protocol="udp", at=10, packets=40, bytes=9_000, duration=3_000.0)
        for person in hour.plan.people[::2]:
            local = (hour.of_day + person.utc_offset) % 24
            if hour.weekday < 5 and 9 <= local < 18:
                yield host.is_contacted_by(person.home, 51_820, protocol="udp", at=5, duration=3_400.0, packets=40_000,
                                           bytes=9_000_000, reply_packets=70_000, reply_bytes=80_000_000)
                for machine in hour.plan.of("bastion", "app")[:3]:
                    yield from inside(host, machine.host, 443, at=hour.moment())


def backup(hour: Hour) -> Iterator[Happening]:
    """Each night hundreds of gigabytes go to another company's store, one connection for hours."""
    if hour.of_day not in (3, 4):
        return
    for machine in hour.plan.of("backup"):
        for number in range(4):
            yield machine.host.connects_to(f"162.125.19.{number + 9}", 443, at=10 + number, duration=3_500.0,
                                           packets=30_000_000, bytes=45_000_000_000, reply_packets=6_000_000,
                                           reply_bytes=400_000_000)
        for database in hour.plan.of("db"):
            yield from inside(machine.host, database.host, 5_432, at=100, duration=1_800.0, packets=900_000,
                              size=60_000_000, reply_packets=9_000_000, reply_size=13_000_000_000)


def pulls_and_polls(hour: Hour) -> Iterator[Happening]:
    """CI polls forty repositories by SSH every five minutes, and a partner's SFTP every minute."""
    for runner in hour.plan.of("ci"):
        for minute in range(0, 60, 5):
            for repository in range(40):
                size = 3_400 + repository * 900
                yield runner.host.connects_to("140.82.112.4", 22, at=minute * 60 + repository, packets=24, bytes=4_600,
                                              reply_packets=18 + size // 1_400, reply_bytes=size)
        for minute in range(60):
            yield runner.host.connects_to("193.108.90.20", 22, at=minute * 60 + 30, packets=34, bytes=6_900,
                                          reply_packets=30, reply_bytes=7_800)


def configuration(hour: Hour) -> Iterator[Happening]:
    """Ansible goes through the fleet twice a day: SSH to Linux, WinRM to Windows."""
    if not hour.plan.of("ci") or hour.of_day not in (6, 14) or hour.weekday > 4:
        return
    runner = hour.plan.of("ci")[0]
    for place, machine in enumerate(hour.hosts):
        if machine.kind == "windows":
            for _ in range(60):
                yield from inside(runner.host, machine.host, 5_986, at=hour.moment(), packets=30, size=9_000,
                                  reply_size=14_000)
        elif machine is not runner:
            yield from inside(runner.host, machine.host, 22, at=20 + place * 9, packets=300, size=200_000,
                              reply_packets=260, reply_size=40_000, duration=7.0)


def remote_desktops(hour: Hour) -> Iterator[Happening]:
    """Administrators work on Windows by RDP through the VPN, and mistype their passwords now and then."""
    if not hour.working:
        return
    for machine in hour.plan.of("windows"):
        for gateway in hour.plan.of("vpn"):
            for _ in range(4):
                yield from inside(gateway.host, machine.host, 3_389, at=hour.moment(), packets=18, size=3_000,
                                  reply_packets=14, reply_size=3_900)
            yield from inside(gateway.host, machine.host, 3_389, at=hour.moment(), packets=20_000, size=2_000_000,
                              reply_packets=40_000, reply_size=40_000_000, duration=2_400.0)


def mistyped_ssh(hour: Hour) -> Iterator[Happening]:
    """Somebody in the office tries three times to log in to a bastion, and is in at the fourth."""
    if not hour.working:
        return
    for machine in hour.plan.of("bastion"):
        person = hour.rng.choice(hour.plan.people)
        for number in range(3):
            yield machine.host.is_contacted_by(person.office, 22, at=600 + number * 40, packets=18, bytes=2_600,
                                               reply_packets=16, reply_bytes=3_000)
        yield machine.host.is_contacted_by(person.office, 22, at=800, packets=900, bytes=90_000, reply_packets=800,
                                           reply_bytes=300_000, duration=1_500.0)


def resolver(hour: Hour) -> Iterator[Happening]:
    """A resolver of the company's own asks the name servers of the world, and the public ones by TLS."""
    for machine in hour.plan.of("resolver"):
        for _ in range(900):
            yield machine.host.connects_to(hour.site(), 53, protocol="udp", at=hour.moment(), packets=1, bytes=72,
                                           reply_packets=1, reply_bytes=190, answered=hour.rng.random() < 0.95)
        for server in ("8.8.8.8", "1.1.1.1", "9.9.9.9"):
            yield machine.host.connects_to(server, 853, at=hour.moment(), duration=200.0, packets=90, bytes=9_000)
            yield machine.host.connects_to(server, 53, protocol="udp", at=5, connections=120, spread=3_400.0,
                                           packets=1, bytes=70, reply_packets=1, reply_bytes=200)
        for client in hour.plan.of("app", "windows"):
            yield from inside(client.host, machine.host, 53, protocol="udp", at=hour.moment(), packets=20, size=1_500,
                              reply_packets=20, reply_size=3_800, connections=6, spread=600.0)


def load_test(hour: Hour) -> Iterator[Happening]:
    """Before a release, staging's own web servers are given as much as they bear for ten minutes."""
    if hour.weekday not in (2, 3) or hour.of_day != 15:
        return
    for machine in hour.plan.of("load"):
        web = hour.plan.network("staging").of("web")
        for target in web:
            yield from inside(machine.host, target.host, 443, at=600, connections=2_000, spread=600.0, packets=40,
                              size=14_000, reply_packets=60, reply_size=70_000)


def cluster(hour: Hour) -> Iterator[Happening]:
    """Nodes probe each other: kubelets, node ports, gossip over UDP to every neighbour, VXLAN."""
    for network in hour.plan.networks[:2]:
        nodes = network.of("app")
        for place, node in enumerate(nodes):
            for other in nodes:
                if other is node:
                    continue
                yield from inside(node.host, other.host, 8_301, protocol="udp", at=hour.moment(), packets=400,
                                  size=40_000, reply_packets=400, reply_size=40_000, duration=3_000.0)
                yield from inside(node.host, other.host, 4_789, protocol="udp", at=hour.moment(), packets=90_000,
                                  size=60_000_000, reply_packets=90_000, reply_size=60_000_000, duration=1_200.0)
                for _ in range(4):
                    yield from inside(node.host, other.host, hour.rng.choice((10_250, 30_080, 31_443, 32_001 + place)),
                                      at=hour.moment())


def telemetry(hour: Hour) -> Iterator[Happening]:
    """Metrics and syslog go by UDP to the monitor, and to a vendor; clocks ask NTP."""
    for network in hour.plan.networks:
        (monitor,) = network.of("monitor")
        for machine in network.machines:
            if machine is monitor:
                continue
            for port in (514, 8_125):
                yield from inside(machine.host, monitor.host, port, protocol="udp", at=hour.moment(), duration=1_500.0,
                                  packets=6_000, size=900_000, reply_packets=0, reply_size=0)
        yield monitor.host.connects_to("3.233.151.18", 443, at=hour.moment(), connections=40, spread=3_000.0)


def knocks_answered(hour: Hour) -> Iterator[Happening]:
    """Strangers try the open ports of web servers: handshakes, refused ports behind loose rules, guessed paths."""
    for machine in hour.plan.of("web"):
        for _ in range(25):
            yield machine.host.is_contacted_by(hour.site(), 443, at=hour.moment(), packets=5, bytes=260,
                                               reply_packets=4, reply_bytes=220)
        for _ in range(3):
            yield machine.host.is_contacted_by(hour.site(), 80, at=hour.moment(), packets=9, bytes=1_000)


def functions(hour: Hour) -> Iterator[Happening]:
    """Functions ask a database, AWS's services and partners' sites, some of which do not answer.

    At night one of them asks a thousand sites whether they are still there.
    """
    for network in hour.plan.networks:
        for place, one in enumerate(network.functions):
            for _ in range(40 if hour.working else 12):
                yield one.connects_to("52.94.10.7", 443, at=hour.moment())
                yield from inside(one, network.of("db")[0].host, 5432, at=hour.moment(), size=3_000)
            for _ in range(6):
                yield one.connects_to(hour.site(), 443, at=hour.moment(), answered=hour.rng.random() < 0.9)
            if place and hour.of_day == 3:
                for number in range(1_000):
                    drawn = hour.rng.random()
                    yield one.connects_to(hour.site(), 443 if drawn < 0.8 else 80, at=number * 3.0, packets=14,
                                          answered=drawn > 0.05)


JOBS: tuple[Job, ...] = (
    functions, vulnerability_scan, fleet_checks, mail, machines_mail, crawler, peer_to_peer, streams, tunnels, backup,
    pulls_and_polls, configuration, remote_desktops, mistyped_ssh, resolver, load_test, cluster, telemetry,
    knocks_answered,
)
