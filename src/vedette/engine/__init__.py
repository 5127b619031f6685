"""The engine: one batch, start to commit. The only room that knows about batches, processes and state."""
