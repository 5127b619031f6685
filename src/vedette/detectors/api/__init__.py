"""Detectors that watch AWS API calls of the control plane."""
