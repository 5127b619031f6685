"""What is there: instances, interfaces, addresses, buckets and roles, from files, from AWS's APIs and from the logs."""

from __future__ import annotations

from vedette.inventory.account import describe_account
from vedette.inventory.fact import Fact
from vedette.inventory.files import load_inventory, read_inventory
from vedette.inventory.inventory import Inventory
from vedette.inventory.learned import LEARNS_FROM, learn, learn_flows

__all__ = [
    "LEARNS_FROM",
    "Fact",
    "Inventory",
    "describe_account",
    "learn",
    "learn_flows",
    "load_inventory",
    "read_inventory",
]
