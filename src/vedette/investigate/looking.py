"""What somebody may look at: findings that he sees, and records and inventory of those accounts."""

from __future__ import annotations

from vedette.detectors.known import Known
from vedette.findings.configuration import Member
from vedette.findings.membership import watched
from vedette.findings.store import Store
from vedette.investigate.estate import inventory_of
from vedette.investigate.profile import Sources
from vedette.investigate.sightings import Past
from vedette.investigate.wanted import Scope


def seen_by(store: Store, past: Past | None, known: Known, account: str, region: str) -> Sources:
    """The account's own records, in the Region also its members', and the findings that it sees there."""
    members = store.configured(Member, account, region)
    scope = Scope(account, region, frozenset(one.id for one in members if one.relationship == "Enabled"))
    return Sources(store=store, past=past, known=known, inventory=inventory_of(store, known, scope), scope=scope,
                   detectors=watched(store, account, region))
