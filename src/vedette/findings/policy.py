"""What the configuration says of findings that are about to be written: wanted or not, suppressed, published where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from vedette.detectors.finding_type import Plan
from vedette.findings.configuration import PERIODS, Destination, DetectorSettings, Filter, Member
from vedette.findings.configured import ConfigurationReader
from vedette.findings.filters import FindingCriteria
from vedette.findings.publications import PublicationWriter
from vedette.findings.rule_modes import RuleModes

Place = tuple[str, str]
"""An account and a Region."""

EXPORT = "export/"
"""How the name of a PublishingDestination begins, among the destinations of the outbox."""


_PART_OF = {Plan.RDS_DATA_RISK: Plan.RDS_LOGIN_EVENTS}
"""Plans that are configured as a part of a feature, and are off unless they are turned on."""


class Policy:
    """The configuration at one moment, as far as findings are concerned.

    A place without a detector of its own is watched as if it had one with everything on: logs that arrive are judged.
    Custom detection rules alone are off until they are associated.
    What an administrator configures holds for its members as well.
    """

    def __init__(
        self, detectors: Iterable[DetectorSettings] = (), filters: Iterable[Filter] = (),
        destinations: Iterable[Destination] = (), members: Iterable[Member] = (), everywhere: Iterable[str] = (),
        rules: RuleModes | None = None,
    ) -> None:
        """``everywhere`` names the destinations that take the findings of all places."""
        self._modes = rules or RuleModes()
        self._detectors: Mapping[Place, DetectorSettings] = {(one.account, one.region): one for one in detectors}
        self._administrators: Mapping[Place, str] = {
            (one.id, one.region): one.account for one in members if one.relationship == "Enabled"}
        self._rules: dict[Place, list[tuple[int, str, FindingCriteria]]] = {}
        for one in filters:
            if one.action == "ARCHIVE":
                self._rules.setdefault((one.account, one.region), []).append(
                    (one.rank, one.id, FindingCriteria.parse(one.criteria)))
        self._exports: dict[Place, list[str]] = {}
        for destination in destinations:
            self._exports.setdefault((destination.account, destination.region), []).append(EXPORT + destination.id)
        self._everywhere = tuple(everywhere)

    @classmethod
    def read(
        cls, store: ConfigurationReader, everywhere: Iterable[str] = (), *, now: int = 0, rules: Collection[str] = (),
    ) -> Policy:
        """What ``store`` holds at ``now`` (ms). ``rules``: as `RuleModes` takes them everywhere."""
        return cls(store.configured(DetectorSettings), store.configured(Filter), store.configured(Destination),
                   store.configured(Member), everywhere, RuleModes.read(store, now, rules))

    def wants(self, account: str, region: str, plan: Plan, rule: str = "") -> bool:
        """Findings of a plan (of a custom detection rule) are made there.

        The detector is not suspended, the plan's feature is not off, and the rule is live.
        """
        return self._watches(account, region, plan) and (
            not rule or self._modes.mode(account, region, rule) == "LIVE")

    def tries(self, account: str, region: str, plan: Plan, rule: str) -> bool:
        """What a custom detection rule would find there is counted."""
        return self._watches(account, region, plan) and self._modes.mode(account, region, rule) == "DRY_RUN"

    def _watches(self, account: str, region: str, plan: Plan) -> bool:
        detector = self._detectors.get((account, region))
        if detector is None:
            return True
        if plan in _PART_OF and (whole := detector.features.get(_PART_OF[plan])) is not None:
            return detector.enabled and whole.enabled and whole.additional.get(plan, False)
        feature = detector.features.get(plan)
        return detector.enabled and (feature is None or feature.enabled)

    def suppressor(self, account: str, region: str, document: Mapping[str, Any]) -> str:
        """The rule that a new finding is credited to: of those that match, the first in rank. Empty if none does."""
        for place in self._ruling(account, region):
            for _, name, criteria in sorted(self._rules.get(place, ()), key=lambda rule: rule[:2]):
                if criteria.matches(document):
                    return name
        return ""

    def destinations(self, account: str, region: str) -> list[str]:
        """Where the findings of a place go, suppressed ones excepted."""
        return [*self._everywhere, *(
            name for place in self._ruling(account, region) for name in self._exports.get(place, ()))]

    def publish(self, batch: PublicationWriter, document: Mapping[str, Any], now: int) -> None:
        """Put a finding that is new or has changed at ``now`` (ms), and is not suppressed, into the outbox.

        What somebody archived by hand is still told of when it happens again, but not exported.
        """
        account, region = document["accountId"], document["region"]
        names = [name for name in self.destinations(account, region)
                 if not (document["service"]["archived"] and name.startswith(EXPORT))]
        batch.publish(document["id"], names, now, self.period(account, region))

    def period(self, account: str, region: str) -> int:
        """How often (ms) repeats are published."""
        *_, ruling = self._ruling(account, region)
        detector = self._detectors.get(ruling)
        return PERIODS[detector.frequency if detector else "SIX_HOURS"]

    def _ruling(self, account: str, region: str) -> tuple[Place, ...]:
        """The place itself, and its administrator's, if it has one."""
        administrator = self._administrators.get((account, region))
        own = (account, region)
        return (own,) if administrator is None else (own, (administrator, region))
