"""Vedette: an open, self-hosted Amazon GuardDuty."""

__version__ = "0.1.0"
