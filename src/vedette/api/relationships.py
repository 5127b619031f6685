"""Administrators and their members in a Region, as operations ask and change them in a transaction.

A server is one organization; its configuration says which account is the management account. Vedette does not ask AWS
Organizations who belongs to it: the delegated administrator says so, by CreateMembers.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from vedette.api.errors import BadRequest
from vedette.findings.configuration import DetectorSettings, Member, OrganizationAdmin, OrganizationSettings
from vedette.findings.configured import ConfigurationReader
from vedette.findings.fold import detector_id
from vedette.findings.membership import MANAGED
from vedette.findings.store import Batch

MOST_MEMBERS = 5000
"""Of one administrator in a Region."""

ASSOCIATED = ("Invited", *MANAGED)

T = TypeVar("T")


class Relationships:
    """Who manages whom in one Region."""

    def __init__(self, store: ConfigurationReader, region: str) -> None:
        """As ``store`` has it; a batch, when something is to be changed."""
        self._store = store
        self.region = region
        self._members = {(one.account, one.id): one for one in store.configured(Member, region=region)}
        admins = store.configured(OrganizationAdmin)
        self.management = admins[0].account if admins else ""
        """The organization's management account; empty when no delegated administrator is named in any Region."""
        self.delegated = next((one.id for one in admins if one.region == region), "")
        """The delegated administrator of the Region; empty when there is none."""

    def member(self, administrator: str, account: str) -> Member | None:
        """The account as a member of the administrator, whatever has become of it."""
        return self._members.get((administrator, account))

    def members(self, administrator: str) -> list[Member]:
        """All of an administrator's, by account."""
        return sorted((one for one in self._members.values() if one.account == administrator), key=lambda one: one.id)

    def manager(self, account: str) -> Member | None:
        """The account as a member of the administrator that it has, if it has one."""
        return next((one for one in self.known_to(account) if one.relationship in MANAGED), None)

    def known_to(self, account: str) -> list[Member]:
        """The account as a member of each administrator that has named it, by administrator."""
        return sorted((one for one in self._members.values() if one.id == account), key=lambda one: one.account)

    def leads(self, account: str) -> bool:
        """The account is an administrator: it manages members, or is the delegated one."""
        return account == self.delegated or any(
            one.relationship in MANAGED for one in self._members.values() if one.account == account)

    def settings(self) -> OrganizationSettings:
        """What the Region's delegated administrator has set; it must have one."""
        return self._store.configuration(OrganizationSettings, self.delegated, self.region, "organization") or (
            OrganizationSettings(account=self.delegated, region=self.region, id="organization"))

    def keep(self, batch: Batch, member: Member, now: int) -> None:
        """Write a member that is new or has changed."""
        member.updated = now
        self._members[member.account, member.id] = member
        batch.configure(member)

    def forget(self, batch: Batch, member: Member) -> None:
        """Take a member out of its administrator's list."""
        del self._members[member.account, member.id]
        batch.unconfigure(Member, member.account, member.region, member.id)

    def refuse_member(self, account: str) -> None:
        """Refuse what only an administrator, or who may become one, can ask for.

        Raises:
            BadRequest: the account has an administrator.
        """
        manager = self.manager(account)
        if manager is not None:
            raise BadRequest(
                "The request is rejected because the current account is a member account of the administrator "
                f"{manager.account}, and cannot have members.")

    def refuse_under_all(self, members: Iterable[Member | None]) -> None:
        """Refuse to let go of members while the organization enables all of its accounts.

        Raises:
            BadRequest: one of the members is the organization's, and its setting is ALL.
        """
        held = sorted(one.id for one in members
                      if one is not None and one.account == self.delegated and one.by_organization)
        if held and self.settings().auto_enable == "ALL":
            raise BadRequest(
                "The request is rejected because autoEnableOrganizationMembers is ALL, which keeps every member of the "
                f"organization enabled: {', '.join(held)}.")


def detector_of(store: ConfigurationReader, account: str, region: str) -> DetectorSettings | None:
    """An account's detector, if it has GuardDuty on or suspended."""
    return store.configuration(DetectorSettings, account, region, detector_id(account, region))


def unprocessed(account: str, why: str) -> dict[str, str]:
    """An account of a list that nothing was done to."""
    return {"accountId": account, "result": f"The request is rejected because {why}."}


def page(ordered: Sequence[T], key: Callable[[T], str], most: int, token: str) -> tuple[list[T], dict[str, Any]]:
    """The part of a list that comes after where ``token`` ended, and the response's member for the next, if any.

    Raises:
        BadRequest: the token is none that was given.
    """
    try:
        after = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadRequest(
            "The request is rejected because nextToken is not one that this operation has given.") from error
    rest = [one for one in ordered if key(one) > after]
    shown = rest[:most]
    if len(rest) <= most:
        return shown, {}
    return shown, {"NextToken": base64.urlsafe_b64encode(key(shown[-1]).encode()).decode()}
