"""Log kinds: one file each holds the record type, its native formats and its parser. Nothing is judged here."""
