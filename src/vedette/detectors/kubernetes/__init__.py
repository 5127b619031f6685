"""Detectors over Kubernetes audit logs of EKS clusters."""
