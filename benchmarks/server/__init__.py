"""What the server costs: requests, lists of findings, arrival, memory, ingestion. ``python -m benchmarks.server``."""
