"""A name of the outside leads to the instance metadata service, where the instance's credentials are.

*The attack.* A web page or a URL that an application fetches for somebody names a host of the attacker's. Its name is
answered with the metadata service's address (DNS rebinding, server-side request forgery past a filter of addresses), so
that the application hands out the credentials of the instance's role, or of its task or pod.

*What ordinary traffic looks the same.* Names inside AWS and inside one's own network that mean this service on purpose
(instance-data.ec2.internal, metadata.google.internal): they end in what nobody can register outside. Who gives a name
of a domain of their own to it puts that on a trusted list. The link-local addresses of time and DNS hand out nothing.

*Where it is blind.* An address in the URL itself asks no resolver; neither does a redirect to one.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import polars as pl

from vedette.detectors.declare import detector, lookups
from vedette.detectors.dns_names import INSIDE
from vedette.detectors.finding_type import HIGH, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_lookup
from vedette.detectors.signal import Signal
from vedette.logs.resolver_dns import Lookup
from vedette.simulate import Given, instance, story

METADATA_REBIND = FindingType(
    name="UnauthorizedAccess:EC2/MetadataDNSRebind",
    severity=HIGH,
    plan=Plan.FOUNDATIONAL,
    resource="Instance",
    title="EC2 instance {instance} looked up {domain}, which leads to the metadata service.",
    description="EC2 instance {instance} was told that {domain} has the address {address}, where it gets "
    "credentials.",
    attack=("T1552.005",),
    remedy="Find out which application looked the name up and for whom. Require IMDSv2 with a hop limit of 1, and "
    "replace the credentials of the instance's role if the application may have fetched them.",
)

CREDENTIAL_ADDRESSES = frozenset(map(ip_address, (
    "169.254.169.254", "fd00:ec2::254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23",
)))
"""The metadata service; the credentials of ECS tasks, and of EKS pods."""

AWS = (".amazonaws.com", ".amazonaws.com.cn")
"""AWS's own names, which nobody else can make resolve."""

_TRANSLATED = ip_network("64:ff9b::/96")
"""IPv6 addresses in which DNS64 wraps an IPv4 one (RFC 6052): an IPv6-only subnet's resolver does it."""
_COMPATIBLE = ip_network("::/96")
"""The same, as systems of old wrapped it (RFC 4291)."""

_RESEMBLES = r"169\.254\.(?:169\.254|170\.)|(?i:fd00:0*ec2:|a9fe:a9fe|a9fe:aa)"
"""What every way to write one of them has in it."""


def _to_metadata(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    return frame.filter(pl.col("answers").list.join(" ").str.contains(_RESEMBLES))


@detector(METADATA_REBIND, on=lookups(_to_metadata))
def metadata_rebind(lookup: Lookup, known: Known) -> Signal | None:
    """An external name was answered with an address that hands out credentials."""
    name = lookup.query_name
    if name.endswith((*INSIDE, *AWS)) or "." not in name or known.intel.is_trusted_domain(name):
        return None
    address = next((answer.rdata for answer in lookup.answers
                    if answer.type in {"A", "AAAA"} and _hands_out_credentials(answer.rdata)), None)
    return about_lookup(lookup, METADATA_REBIND, words={"address": address}) if address else None


def _hands_out_credentials(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return address in CREDENTIAL_ADDRESSES or _inner(address) in CREDENTIAL_ADDRESSES


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one is another form of."""
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED or address in _COMPATIBLE:
        return IPv4Address(address.packed[12:])
    return address.ipv4_mapped or address.sixtofour


_app = instance("i-0f66caddf5ffee007", private_ip="10.0.6.70")

EXAMPLES = [
    story(
        "an attacker's name is answered with the metadata service",
        _app.resolves("cdn.rebind.example", answers=("9.9.77.140",)),
        _app.resolves("cdn.rebind.example", answers=("169.254.169.254",)),
    ).fires(METADATA_REBIND, {
        "service.action.dnsRequestAction.domain": "cdn.rebind.example",
        "resource.instanceDetails.instanceId": "i-0f66caddf5ffee007",
    }, count=1),
    story(
        "through an alias, and in IPv6",
        _app.resolves("a.rebind.example", answers=("b.rebind.example.", "169.254.169.254")),
        _app.resolves("c.rebind.example", "AAAA", answers=("fd00:ec2::254",)),
        _app.resolves("169.254.169.254.nip.io", answers=("169.254.169.254",)),
    ).fires(METADATA_REBIND, count=3),
    story(
        "as one of several answers, in whatever form, and where tasks and pods get theirs",
        _app.resolves("a.rebind.example", answers=("9.9.77.140", "169.254.169.254")),
        _app.resolves("b.rebind.example", "AAAA", answers=(("AAAA", "::ffff:169.254.169.254"),)),
        _app.resolves("c.rebind.example", "AAAA", answers=("::FFFF:A9FE:A9FE",)),
        _app.resolves("d.rebind.example", "AAAA", answers=("64:ff9b::a9fe:a9fe",)),
        _app.resolves("e.rebind.example", "AAAA", answers=("::a9fe:a9fe",)),
        _app.resolves("f.rebind.example", "AAAA", answers=("2002:a9fe:a9fe::",)),
        _app.resolves("g.rebind.example", "AAAA", answers=("fd00:0ec2:0:0:0:0:0:0254",)),
        _app.resolves("h.rebind.example", "AAAA", answers=("fd00:ec2::23",)),
        _app.resolves("make-169-254-170-2-rr.1u.ms", answers=("169.254.170.2",)),
        _app.resolves("i.rebind.example", answers=("169.254.170.23",)),
    ).fires(METADATA_REBIND, count=10),
    story(
        "names that mean the metadata service on purpose",
        _app.resolves("instance-data.ec2.internal", answers=("169.254.169.254",)),
        _app.resolves("metadata.google.internal", answers=("169.254.169.254",)),
        _app.resolves("instance-data", answers=("169.254.169.254",)),
        _app.resolves("metadata.kube-system.svc", answers=("169.254.169.254",)),
        _app.resolves("imds.home.arpa", answers=("169.254.169.254",)),
        _app.resolves("data.us-east-1.compute.amazonaws.com", answers=("169.254.169.254",)),
    ).silent(),
    story(
        "a name that is AWS's only at first sight",
        _app.resolves("amazonaws.com.rebind.example", answers=("169.254.169.254",)),
    ).fires(METADATA_REBIND),
    story(
        "other link-local and private answers, and the address as text or as a reverse name",
        _app.resolves("printer.example.com", answers=("169.254.12.7",)),
        _app.resolves("time.example.com", answers=("169.254.169.123",)),
        _app.resolves("dns.example.com", answers=("169.254.169.253", "169.254.170.3")),
        _app.resolves("six.example.com", "AAAA", answers=("fd00:ec2::253", "2001:db8::a9fe:a9fe")),
        _app.resolves("169.254.169.254.nip.io", rcode="NXDOMAIN"),
        _app.resolves("intranet.example.com", answers=("10.1.2.3",)),
        _app.resolves("notes.example.com", "TXT", answers=("169.254.169.254",)),
        _app.resolves("254.169.254.169.in-addr.arpa", "PTR", answers=("instance-data.ec2.internal.",)),
    ).silent(),
    story(
        "a name that the user trusts",
        _app.resolves("imds-test.example.com", answers=("169.254.169.254",)),
        given=Given(trusted_domains=("imds-test.example.com",)),
    ).silent(),
]
