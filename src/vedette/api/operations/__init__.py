"""GuardDuty's operations, one file a group. Handlers are thin: what they do is done by findings, intel and engine."""
