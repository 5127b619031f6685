"""Detectors that watch VPC flow logs."""
