"""Made logs: builders of native-format records, the stories told with them, and an estate of ordinary work."""
