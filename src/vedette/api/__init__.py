"""GuardDuty's own HTTP API, from botocore's service model."""
