"""What each command does, one file a command. `vedette.cli` holds only their names and options."""
