"""What is normal: models with small, mergeable state. They know nothing of detectors, and read nothing."""
