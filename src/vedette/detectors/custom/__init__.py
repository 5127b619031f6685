"""Custom detection rules: opt-in predicates over single CloudTrail records, by what the attacker goes for."""
