"""Findings as other tools take them."""
