"""A name of the outside leads to the instance metadata service, where the instance's credentials are.

*The attack.* A web page or a URL that an application fetches for somebody names a host of the attacker's. Its name is
answered with the metadata service's address (DNS rebinding, server-side request forgery past a filter of addresses), so
that the application hands out the credentials of the instance's role, or of its task or pod.

*What ordinary traffic looks the same.* Names inside AWS and inside one's own network that mean this service on purpose
(instance-data.ec2.internal, metadata.google.internal): they end in what nobody can register outside.

*Where it is blind.* An address in the URL itself asks no resolver; neither does a redirect to one.
"""

from __future__ import annotations

import polars as pl

from vedette.detectors.declare import detector, lookups
from vedette.detectors.finding_type import HIGH, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_lookup
from vedette.detectors.signal import Signal
from vedette.logs.resolver_dns import Lookup
from vedette.simulate import instance, story

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

CREDENTIAL_ADDRESSES = frozenset({
    "169.254.169.254", "fd00:ec2::254", "fd00:ec2:0:0:0:0:0:254", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe",
    "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "fd00:ec2:0:0:0:0:0:23",
})
"""The metadata service in IPv4, IPv6 (short and in full) and IPv4-mapped IPv6; the credentials of ECS tasks, and of EKS
pods."""

INSIDE = (
    ".amazonaws.com", ".amazonaws.com.cn", ".internal", ".local", ".localdomain", ".localhost", ".lan", ".corp",
    ".intranet", ".home.arpa", ".in-addr.arpa", ".ip6.arpa",
)
"""Names that nobody outside can make resolve: AWS's own, and what is never delegated in public DNS."""


def _to_metadata(frame: pl.LazyFrame, known: Known) -> pl.LazyFrame:
    answers = pl.col("answers").list
    return frame.filter(pl.any_horizontal(answers.contains(address) for address in sorted(CREDENTIAL_ADDRESSES)))


@detector(METADATA_REBIND, on=lookups(_to_metadata))
def metadata_rebind(lookup: Lookup, known: Known) -> Signal | None:
    """An external name was answered with an address that hands out credentials."""
    name = lookup.query_name
    if name.endswith(INSIDE) or "." not in name or known.intel.is_trusted_domain(name):
        return None
    address = next((answer.rdata for answer in lookup.answers
                    if answer.rdata in CREDENTIAL_ADDRESSES and answer.type in {"A", "AAAA"}), None)
    return about_lookup(lookup, METADATA_REBIND, words={"address": address}) if address else None


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
        "names that mean the metadata service on purpose",
        _app.resolves("instance-data.ec2.internal", answers=("169.254.169.254",)),
        _app.resolves("metadata.google.internal", answers=("169.254.169.254",)),
        _app.resolves("instance-data", answers=("169.254.169.254",)),
        _app.resolves("data.us-east-1.compute.amazonaws.com", answers=("169.254.169.254",)),
    ).silent(),
    story(
        "a name that is AWS's only at first sight",
        _app.resolves("amazonaws.com.rebind.example", answers=("169.254.169.254",)),
    ).fires(METADATA_REBIND),
    story(
        "other link-local and private answers, and the address as text or as a reverse name",
        _app.resolves("printer.example.com", answers=("169.254.12.7",)),
        _app.resolves("intranet.example.com", answers=("10.1.2.3",)),
        _app.resolves("notes.example.com", "TXT", answers=("169.254.169.254",)),
        _app.resolves("254.169.254.169.in-addr.arpa", "PTR", answers=("instance-data.ec2.internal.",)),
    ).silent(),
]
