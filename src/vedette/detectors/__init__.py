"""Detectors: one file a family, in folders by what they watch. ``api/trail_tampering.py`` is the one to read first."""
