"""Entity profiles and written investigations, from findings, their evidence and the event history."""
