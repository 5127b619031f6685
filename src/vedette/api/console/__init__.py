"""What the console needs beyond GuardDuty's operations: signing in, JSON endpoints for everyone, its own files."""
