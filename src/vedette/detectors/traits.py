"""What a call shows of its caller: who it is, from which network, with which program, at what time of the week.

Each is a **trait**, ``kind:value``. Detectors of what is unusual count on how many days somebody shows which
(`vedette.detectors.unusual`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from vedette.detectors.declare import SPAN
from vedette.detectors.known import Known
from vedette.logs.cloudtrail import ApiCall

LONGEST = 200
"""Characters of a trait or a name that are remembered: longer ones are cut, and told apart by their digest."""

DAY_MS = 86_400_000

_AGENT = 1_000
"""Characters of a user agent that are looked at: 20,000 of them are remembered, and anybody chooses his own."""

_PROGRAM = re.compile(r"\[?\s*([A-Za-z][\w.+-]*)")
_TOOLS = re.compile(r"Terraform|Pulumi|CloudFormation|Ansible|Crossplane|Packer|CDK", re.IGNORECASE)
_SYSTEMS = (("kali", "Kali"), ("parrot", "Parrot"), ("pentoo", "Pentoo"), ("windows", "Windows"), ("darwin", "macOS"),
            ("mac os", "macOS"), ("macos", "macOS"), ("android", "Android"), ("iphone", "iOS"), ("linux", "Linux"))
_SERVICE = re.compile(r"[\w.-]+\.amazonaws\.com(?:\.cn)?|AWS Internal", re.ASCII)


@lru_cache(20_000)
def program_of(agent: str) -> str:
    """The program and the system that it runs on, without versions: ``aws-cli on Linux``."""
    if _SERVICE.fullmatch(agent):
        return agent
    named = _TOOLS.search(agent) or _PROGRAM.match(agent)
    name = named[named.lastindex or 0].rstrip(".") if named else agent[:40]
    low = agent.lower()
    system = next((system for mark, system in _SYSTEMS if mark in low), "")
    return f"{name} on {system}" if system else name


def network_of(call: ApiCall, known: Known) -> str:
    """Whose network the call comes from, as far as it can be told."""
    if call.vpc_endpoint_id:
        return f"VPC endpoint of {call.vpc_endpoint_account_id or call.account}"
    return network_around(call.source_ip, known)


def network_around(source: str, known: Known) -> str:
    """Whose network an address is in, as far as it can be told."""
    facts = known.geo.of(source)
    if source in known.aws:
        return "Amazon"
    if facts is not None and facts.asn:
        return f"AS{facts.asn}"
    if source.count(".") == 3 and source.replace(".", "").isdecimal():
        return ".".join(source.split(".")[:2]) + ".0.0/16"
    return ":".join(source.split(":")[:2]) + "::/32" if source.count(":") > 1 else source


def identified(call: ApiCall) -> tuple[str, str]:
    """Who it is: a user, a role, a machine's session; and whose ways are like his.

    Of the roles of IAM Identity Center, which many people share, each person is one.
    """
    who = call.identity
    named = who.principal
    if who.type != "AssumedRole":
        return short(named), short(who.type or "")
    if "/AWSReservedSSO_" in named:
        session = (who.principal_id or "").partition(":")[2]
        permissions = named.rpartition("/AWSReservedSSO_")[2].partition("_")[0]
        return short(named.removesuffix(session) + session), short(permissions)
    return short(named), "roles" if named.endswith("/") else "machines"


def short(text: str) -> str:
    """The text, so that no record makes a memory large."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST - 17]}~{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"


def is_somebody(call: ApiCall) -> bool:
    """A user, a role or a root user calls: not a service, nobody that is unknown, nobody of another account."""
    who = call.identity
    return not (not call.account or _SERVICE.fullmatch(call.source_ip) or who.type in (None, "AWSService", "AWSAccount")
                or not (who.arn or who.principal_id))


def is_denied(call: ApiCall) -> bool:
    """The caller was refused for want of rights."""
    return bool(call.error_code) and ("Denied" in str(call.error_code) or "Unauthorized" in str(call.error_code))


def where_and_how(call: ApiCall, known: Known) -> list[str]:
    """From which network, and with which program; from which country, and whether with a second factor, if known."""
    traits = [f"network:{network_of(call, known)}", with_what(call.user_agent or "")]
    if country := country_of(call, known):
        traits.append(f"country:{country}")
    if factor := factor_of(call):
        traits.append(f"mfa:{factor}")
    return traits


def country_of(call: ApiCall, known: Known) -> str:
    """In which country the caller is, by a database of places; empty without one, and of what is in AWS."""
    facts = None if call.vpc_endpoint_id else known.geo.of(call.source_ip)
    return facts.country_code if facts is not None and call.source_ip not in known.aws else ""


def factor_of(call: ApiCall) -> str:
    """``with MFA`` or ``without MFA``, as the session was begun; empty where nobody says.

    IAM Identity Center asks for the factor itself, and its sessions say no, as machines' do; keys say nothing.
    """
    session = call.identity.session_context
    attributes = (session.attributes if session else None) or {}
    said = str(attributes.get("mfaAuthenticated", "")).lower()
    return {"true": "with MFA", "false": "without MFA"}.get(said, "")


def with_what(agent: str) -> str:
    """With which program, by what it says of itself."""
    return f"program:{program_of(agent[:_AGENT])}"


def part_of_week(time: int) -> str:
    """``weekday 06 h UTC``: the six hours in which a time (ms) lies. The first day of the epoch was a Thursday."""
    day = "weekend" if (time // DAY_MS + 3) % 7 > 4 else "weekday"
    return f"time:{day} {time // (SPAN * 1000) * SPAN // 3600 % 24:02} h UTC"
