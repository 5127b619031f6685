"""Where a role session is used: in its account's own network, or elsewhere, and what is said of that.

Shared by the detector files for credentials that AWS gave to a machine: an instance, a function, a task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vedette.detectors.declare import Row, Session
from vedette.detectors.finding_type import AWS_RANGES, HIGH, MEDIUM, FindingType, Plan
from vedette.detectors.known import Known
from vedette.detectors.say import about_call
from vedette.detectors.signal import Signal
from vedette.intel.special_ranges import is_public
from vedette.logs.cloudtrail import ApiCall

_CONSOLE = "signin.amazonaws.com"

def exfiltration_type(whose: str, where: str, holder: str) -> FindingType:
    """The type of ``whose`` credentials used ``where`` (InsideAWS, OutsideAWS); ``holder`` is a template."""
    place = "{place}" if where == "InsideAWS" else "{source}, outside AWS"
    return FindingType(
        name=f"UnauthorizedAccess:IAMUser/{whose}CredentialExfiltration.{where}", severity=HIGH, plan=Plan.FOUNDATIONAL,
        resource="AccessKey",
        title=f"Credentials of {holder} were used from {place}.",
        description=f"{{principal}} called {{service}} {{api}} in account {{account}} from {{source}}. The session "
        f"belongs to {holder}, and was used from {place}.",
        attack=("T1552.005", "T1078.004"),
        remedy="Revoke the role's active sessions, find how the credentials got out, and look at all that was called "
        "from there. If the place is a way out of your own network, name it as your own egress.",
        severity_note="Medium when the inventory knows the other account: it is one of yours."
        if where == "InsideAWS" else "",
        needs=(AWS_RANGES,) if where == "OutsideAWS" else (),
    )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place that is not the session's own."""

    outside: bool
    """Outside AWS."""
    place: str
    account: str = ""
    """The account whose address or VPC endpoint it is, when that is known."""
    unsure: bool = False
    """It is an AWS address of which the inventory only says that it was not the account's when it was taken."""


def elsewhere(call: ApiCall, known: Known) -> Elsewhere | None:
    """Where a session is used, when it is neither its account's network nor, for all that is known, its machine."""
    who = call.identity
    # Until 2020 the console stood here, with the person's address.
    if who.invoked_by not in (None, "", _CONSOLE):
        return None
    place = place_of(Session(
        who.principal_id or "", who.account_id or call.account, call.source_ip, call.vpc_endpoint_id or "",
        call.vpc_endpoint_account_id or ""), known)
    # Asked last: these are decoded for it. Links that the session signed are followed by anybody.
    if place is None or call.additional.get("AuthenticationMethod") == "QueryString":
        return None
    # Before version 1.08 the endpoint stood here, and the address is one inside its VPC.
    return None if not call.vpc_endpoint_id and "vpcEndpointId" in call.additional else place


def place_of(session: Session, known: Known) -> Elsewhere | None:
    """Where a session is used, by its addresses alone, when it is elsewhere."""
    if not session.endpoint:
        return _from_address(session.source_ip, session.account, known)
    if session.endpoint in known.exempt.endpoints:
        return None
    owner = session.endpoint_account or known.inventory.account_of_endpoint(session.endpoint)
    return Elsewhere(outside=False, place=owner, account=owner) if owner and owner != session.account else None


def _from_address(ip: str, own: str, known: Known) -> Elsewhere | None:
    if not is_public(ip) or known.exempt.lets_out(ip):
        return None
    block = known.aws.find(ip)
    owner = known.inventory.account_of_address(ip)
    if block and not owner and not (
            block.service in ("", "AMAZON", "EC2") and known.inventory.knows_addresses_of(own)):
        return None
    if known.inventory.owns_address(ip, own) or known.intel.is_trusted_ip(ip):
        return None
    # An address outside AWS's ranges that an account is known to have was brought there.
    return Elsewhere(outside=not block and not owner, place=ip, account=owner, unsure=block is not None and not owner)


def session_name(call: ApiCall) -> str:
    """The name of the role session that calls; empty for other callers."""
    return (call.identity.principal_id or "").rpartition(":")[2] if call.identity.type == "AssumedRole" else ""


def used_elsewhere(
    row: Row[ApiCall], known: Known, place: Elsewhere, outside: FindingType, inside: FindingType,
    holder: str, affected: Sequence[tuple[str, str]] = (),
) -> Signal:
    """The row shows that ``holder``'s session was used at ``place``."""
    call = row.record
    # The inventory holds what the user gave of his own accounts: one that it knows is one of his too.
    ours = bool(place.account) and (place.account in known.exempt.accounts
                                    or known.inventory.knows_addresses_of(place.account)
                                    or known.inventory.account_of_address(call.source_ip) == place.account)
    words = {"holder": holder, "place": f"account {place.account}" if place.account else
             f"{place.place}, an AWS address that is not the account's"}
    return about_call(
        call, outside if place.outside else inside, severity=MEDIUM if ours else HIGH, evidence=[row.evidence],
        remote_account=place.account, affiliated=ours, affected=affected, words=words)
