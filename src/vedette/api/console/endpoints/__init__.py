"""The endpoints under ``/vedette/v1``, one file a group. Whatever is put here is served."""
