"""What a detector may ask while it judges: lists, AWS's addresses, the estate's own inventory. Immutable for a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vedette.intel.aws_ranges import AwsRanges
    from vedette.intel.lookup import Intel
    from vedette.inventory import Inventory


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The three side rooms, as one run sees them. Equal to itself alone, so that answers may be remembered by it."""

    intel: Intel
    aws: AwsRanges
    inventory: Inventory
    """What the user gave (files, describe calls), not what the logs teach: that arrives late and out of order, so a
    judgement that needs it takes it from records, as a keyed detector."""
