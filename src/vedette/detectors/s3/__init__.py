"""Detectors that watch buckets: their policies and their data events."""
