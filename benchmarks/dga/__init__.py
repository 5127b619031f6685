"""The model of generated names: what it is trained on, how it is trained, and what it is worth."""
