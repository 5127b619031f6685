"""Vedette: an open, self-hosted Amazon GuardDuty."""

import os

__version__ = "0.1.0"

# What Polars frees it gives back to the system after half a second, and asks for anew a moment later; ten seconds are
# its allocator's own default. It reads this when it is loaded.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000")
