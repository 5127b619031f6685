"""Who sees and rules whose findings, and who manages whom."""

from __future__ import annotations

from vedette.findings.configuration import Member
from vedette.findings.configured import ConfigurationReader
from vedette.findings.fold import detector_id

MANAGED = ("Enabled", "Disabled")
"""The relationships in which an account has an administrator; Disabled: its monitoring was stopped."""


def watched(store: ConfigurationReader, account: str, region: str) -> frozenset[str]:
    """The detectors whose findings an account sees in a Region: its own, and its enabled members'."""
    members = store.configured(Member, account, region)
    accounts = {account, *(one.id for one in members if one.relationship == "Enabled")}
    return frozenset(detector_id(one, region) for one in accounts)


def administrator_of(store: ConfigurationReader, account: str, region: str) -> str:
    """The account that manages this one in a Region; empty when it stands alone, or is an administrator itself.

    A member whose monitoring was stopped is a member still, and manages no more than before.
    """
    return next((one.account for one in _memberships(store, account, region) if one.relationship in MANAGED), "")


def ruler_of(store: ConfigurationReader, account: str, region: str) -> str:
    """The account whose settings hold for this one's findings: its administrator while it is enabled. As `Policy`."""
    return next((one.account for one in _memberships(store, account, region) if one.relationship == "Enabled"), "")


def _memberships(store: ConfigurationReader, account: str, region: str) -> list[Member]:
    return sorted((one for one in store.configured(Member, region=region) if one.id == account),
                  key=lambda one: one.account)
