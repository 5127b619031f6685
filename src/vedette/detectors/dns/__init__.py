"""Detectors that watch resolver query logs."""
