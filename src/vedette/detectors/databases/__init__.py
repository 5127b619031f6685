"""Detectors over what RDS and Aurora databases log."""
