"""What a detector may ask while it judges: lists, addresses, places, the estate's inventory. Immutable for a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vedette.detectors.exemptions import Exemptions
from vedette.detectors.signal import Action, ApiCallAction, LoginAction, NetworkAction, PortProbeAction
from vedette.intel.exposed_keys import ExposedKeys
from vedette.intel.geo import Geo

if TYPE_CHECKING:
    from vedette.intel.aws_ranges import AwsRanges
    from vedette.intel.lookup import Intel
    from vedette.inventory import Inventory

NOWHERE = Geo([])
NONE_EXPOSED = ExposedKeys()
NOTHING_EXEMPT = Exemptions()
DEPARTMENT_TAGS = ("department", "team")
"""What companies call it."""


def department_keys(keys: Iterable[str] | None) -> tuple[str, ...]:
    """Keys of tags as a user wrote them; None: he wrote none."""
    return DEPARTMENT_TAGS if keys is None else tuple(key.strip().lower() for key in keys)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The side rooms, as one run sees them. Equal to itself alone, so that answers may be remembered by it."""

    intel: Intel
    aws: AwsRanges
    inventory: Inventory
    """What the user gave (files, describe calls), not what the logs teach: that arrives late and out of order, so a
    judgement that needs it takes it from records, as a keyed detector."""
    geo: Geo = NOWHERE
    exposed: ExposedKeys = NONE_EXPOSED
    exempt: Exemptions = NOTHING_EXEMPT
    departments: tuple[str, ...] = DEPARTMENT_TAGS
    """Keys of tags, in lower case, that say to which department a user or a role belongs; the first that is there
    counts."""

    def trusts(self, action: Action) -> bool:
        """The far end is on a trusted list: as in GuardDuty, nothing is said of calls and traffic from or to it."""
        far: tuple[str, ...] = ()
        if isinstance(action, ApiCallAction):
            far = (action.source,)
        elif isinstance(action, NetworkAction | LoginAction):
            far = (action.remote_ip,)
        elif isinstance(action, PortProbeAction):
            far = tuple(remote for _, _, remote in action.probes)
        return bool(far) and all(map(self.intel.is_trusted_ip, far))
