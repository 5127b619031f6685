"""Which custom detection rules work where, and how: as accounts and their organization have associated them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b

from vedette.findings.configuration import (
    Member,
    OrganizationAdmin,
    RuleAssociation,
    RuleMode,
    RuleOrganization,
)
from vedette.findings.configured import ConfigurationReader

DRY_RUN_LASTS = 14 * 86_400_000
"""How long (ms) a rule is tried; then its association ends by itself."""


class RuleModes:
    """The associations that are in force at one moment.

    What the organization's delegated administrator sets for a rule goes before what an account has set itself.
    """

    def __init__(
        self, associations: Iterable[RuleAssociation] = (), organization: Iterable[RuleOrganization] = (),
        members: Iterable[Member] = (), admins: Iterable[OrganizationAdmin] = (), *, now: int = 0,
        everywhere: Collection[str] = (),
    ) -> None:
        """``everywhere`` names rules that are live where no association says otherwise; ``now`` in ms."""
        self._everywhere = frozenset(everywhere)
        self._own: dict[tuple[str, str], dict[str, RuleAssociation]] = {}
        for one in associations:
            if in_force(one, now):
                self._own.setdefault((one.account, one.region), {})[one.id] = one
        delegated = {(one.id, one.region) for one in admins}
        self._organization = [
            one for one in organization if in_force(one, now) and (one.account, one.region) in delegated]
        self._administrators = {
            (one.id, one.region): one.account for one in members
            if one.relationship == "Enabled" and one.by_organization}

    @classmethod
    def read(cls, store: ConfigurationReader, now: int = 0, everywhere: Collection[str] = ()) -> RuleModes:
        """What ``store`` holds at ``now`` (ms)."""
        return cls(store.configured(RuleAssociation), store.configured(RuleOrganization), store.configured(Member),
                   store.configured(OrganizationAdmin), now=now, everywhere=everywhere)

    def mode(self, account: str, region: str, rule: str) -> RuleMode | None:
        """How the rule works there; None: not at all."""
        found = self.association(account, region, rule)
        if found is not None:
            return found.mode
        return "LIVE" if rule in self._everywhere else None

    def association(self, account: str, region: str, rule: str) -> RuleAssociation | None:
        """The one that is in force for the rule."""
        ruling = [one for one in self._organization
                  if one.rule == rule and one.region == region and self._covers(one, account)]
        if not ruling:
            return self._own.get((account, region), {}).get(rule)
        # LIVE goes before DRY_RUN.
        return of_organization(max(ruling, key=lambda one: one.mode), account)

    def associations(self, account: str, region: str) -> list[RuleAssociation]:
        """All that are in force there, by rule."""
        rules = {one.rule for one in self._organization} | self._own.get((account, region), {}).keys()
        found = (self.association(account, region, rule) for rule in sorted(rules))
        return [one for one in found if one is not None]

    def at_work(self) -> frozenset[str]:
        """The rules that are live or tried somewhere."""
        return self._everywhere.union((one.rule for one in self._organization), *self._own.values())

    def organized(self, administrator: str, region: str, rule: str) -> list[RuleOrganization]:
        """What a delegated administrator has set for a rule in the organization."""
        wanted = administrator, region, rule
        return [one for one in self._organization if (one.account, one.region, one.rule) == wanted]

    def covered(self, ruling: RuleOrganization) -> list[str]:
        """The accounts that a setting of the organization is in force for."""
        accounts = {ruling.account, *(account for account, region in self._administrators if region == ruling.region)}
        return sorted(one for one in accounts if self._covers(ruling, one))

    def _covers(self, ruling: RuleOrganization, account: str) -> bool:
        if account != ruling.account and self._administrators.get((account, ruling.region)) != ruling.account:
            return False
        return account in ruling.include if ruling.include else account not in ruling.exclude


def in_force(one: RuleAssociation | RuleOrganization, now: int) -> bool:
    """It has not ended."""
    return not one.expires or now < one.expires


def ends(mode: RuleMode, now: int) -> int:
    """When an association with the mode ends that begins at ``now`` (ms); 0: never."""
    return now + DRY_RUN_LASTS if mode == "DRY_RUN" else 0


def of_organization(ruling: RuleOrganization, account: str) -> RuleAssociation:
    """The association that a setting of the organization makes in an account it covers."""
    return RuleAssociation(
        account=account, region=ruling.region, id=ruling.rule, created=ruling.created, updated=ruling.updated,
        association=id_of_association(account, ruling.region, ruling.rule, ruling.created), mode=ruling.mode,
        expires=ruling.expires, by_organization=True)


def id_of_association(account: str, region: str, rule: str, created: int) -> str:
    """32 hex digits."""
    return blake2b(f"rule\0{account}\0{region}\0{rule}\0{created}".encode(), digest_size=16).hexdigest()
