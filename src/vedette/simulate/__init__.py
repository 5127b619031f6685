"""Made logs: builders of native-format records, stories told with them, and an estate of ordinary work."""
