"""Findings: the JSON document, the folding of repeats, filters, and the store, which alone writes the database."""
