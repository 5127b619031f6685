"""What a company's machines look up that is ordinary and looks bad."""

from __future__ import annotations

from collections.abc import Iterator

from vedette.simulate.estate_hour import Hour, Job
from vedette.simulate.events import Happening

_WORDS = ("alpen", "blue", "casa", "digital", "electro", "fresh", "garten", "hotel", "inter", "jolly", "kino", "luna",
          "moto", "nord", "open", "pixel", "quick", "river", "studio", "terra", "uni", "vita", "web", "yoga", "zen")
_ENDS = ("com", "net", "org", "de", "fr", "co.uk", "io", "info", "nl", "it", "jp", "com.br", "pl", "se")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def _site(hour: Hour) -> str:
    return f"{hour.rng.choice(_WORDS)}{hour.rng.choice(_WORDS)}{hour.rng.randrange(99)}.{hour.rng.choice(_ENDS)}"


def _label(hour: Hour, length: int) -> str:
    return "".join(hour.rng.choice(_LETTERS) for _ in range(length))


def crawled(hour: Hour) -> Iterator[Happening]:
    """The crawler meets every kind of name: dead ones, parked ones, with addresses of every kind behind them."""
    for machine in hour.plan.of("crawler"):
        for _ in range(1_200):
            name = ("www." if hour.rng.random() < 0.6 else "") + _site(hour)
            drawn = hour.rng.random()
            yield machine.host.resolves(
                name, rcode="NXDOMAIN" if drawn < 0.1 else "SERVFAIL" if drawn < 0.12 else "NOERROR",
                answers=(hour.site() if drawn < 0.985 else hour.rng.choice(("127.0.0.1", "0.0.0.0", "10.0.0.1")),),  # noqa: S104
                at=hour.moment())


def mail_names(hour: Hour) -> Iterator[Happening]:
    """The mail server asks for mail exchangers, keys, senders' names, and block lists (which answer 127.0.0.x)."""
    for machine in hour.plan.of("mail"):
        for _ in range(200):
            site = _site(hour)
            yield machine.host.resolves(site, "MX", (f"10 mx.{site}.",), at=hour.moment())
            yield machine.host.resolves(f"mx.{site}", "A", (hour.site(),), at=hour.moment())
            yield machine.host.resolves(f"selector1._domainkey.{site}", "TXT",
                                        (f'"v=DKIM1; k=rsa; p={_label(hour, 200)}"',), at=hour.moment())
            reversed_address = ".".join(reversed(hour.site().split(".")))
            listed = hour.rng.random() < 0.3
            yield machine.host.resolves(
                f"{reversed_address}.zen.spamhaus.org", answers=("127.0.0.4",),
                rcode="NOERROR" if listed else "NXDOMAIN", at=hour.moment())


def telemetry_names(hour: Hour) -> Iterator[Happening]:
    """Virus scanners and delivery networks ask in long, random names: digests of files, tokens of sessions."""
    for machine in hour.plan.of("windows"):
        for _ in range(120):
            digest = f"{_label(hour, 52)}.{_label(hour, 20)}"
            yield machine.host.resolves(f"{digest}.avqs.mcafee.com", answers=("127.0.0.1",), at=hour.moment())
            yield machine.host.resolves(f"{_label(hour, 26)}.sophosxl.net", "TXT", ('"w c=1"',), at=hour.moment())
    for machine in hour.plan.of("app")[::2]:
        yield machine.host.resolves(f"r4---sn-{_label(hour, 8)}.googlevideo.com", at=hour.moment())
        yield machine.host.resolves(f"e{hour.rng.randrange(9999)}.dscb.akamaiedge.net", at=hour.moment())


def tools(hour: Hour) -> Iterator[Happening]:
    """CI, developers' tunnels to their machines, status pages, dynamic names of branch offices."""
    for machine in hour.plan.of("ci"):
        for name in ("registry.npmjs.org", "crates.io", "static.crates.io", "repo.maven.apache.org", "pastebin.com",
                     "raw.githubusercontent.com", "objects.githubusercontent.com", "corp-demo.ngrok.io", "ipinfo.io",
                     "branch-lyon.duckdns.org", "api.telegram.org", "discord.com", "transfer.sh"):
            yield machine.host.resolves(name, answers=(hour.site(),), at=hour.moment())
        yield machine.host.resolves(f"build-{_label(hour, 12)}.shared.internal", rcode="NXDOMAIN", at=hour.moment())
    for machine in hour.plan.of("resolver"):
        for name in ("dns.google", "cloudflare-dns.com", "dns.quad9.net"):
            yield machine.host.resolves(name, answers=("8.8.8.8",), at=hour.moment())


def local_answers(hour: Hour) -> Iterator[Happening]:
    """Names of the company's own that lead to private addresses, and to this machine itself."""
    for machine in hour.plan.of("windows", "ci", "app")[::2]:
        yield machine.host.resolves("ad.corp.example", answers=("10.3.9.20", "10.3.9.21"), at=hour.moment())
        yield machine.host.resolves("localtest.me", answers=("127.0.0.1",), at=hour.moment())
        yield machine.host.resolves("printer.corp.example", answers=("169.254.20.7",), at=hour.moment())


JOBS: tuple[Job, ...] = (crawled, mail_names, telemetry_names, tools, local_answers)
