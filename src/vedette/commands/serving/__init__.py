"""What `vedette serve` is made of: its settings, how it listens, its threads, its log."""
