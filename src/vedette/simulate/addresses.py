"""The accounts, networks and addresses that stories use unless they say otherwise.

Addresses are public ones, because detectors rightly pass over the documentation ranges (192.0.2.0/24,
198.51.100.0/24, 203.0.113.0/24): those are special-use addresses, which no real caller has. Nothing is ever
sent to any of them.
"""

from __future__ import annotations

ACCOUNT = "111122223333"
"""The account that a story plays in."""
OTHER_ACCOUNT = "444455556666"
"""Another account, of somebody else."""
REGION = "us-east-1"
VPC = "vpc-0a1b2c3d4e5f60718"
SUBNET = "subnet-0b1c2d3e4f5061728"

OFFICE = "81.2.69.160"
"""Where people work."""
HOME = "81.2.69.192"
"""Where they work on other days."""
OUTSIDE = "9.9.4.20"
"""A stranger: neither ours nor AWS's."""
STRANGER = "9.9.77.140"
"""Another stranger."""
TOR_EXIT = "185.220.101.34"
"""A stranger whom a story's feed calls a Tor exit: it is one only where the story says so."""

INSTANCE_PUBLIC = "54.210.33.12"
"""A public address of an instance (AWS, EC2, us-east-1)."""
NAT_PUBLIC = "52.20.81.7"
"""The Elastic IP address of the VPC's NAT gateway (AWS, EC2, us-east-1)."""
LAMBDA_PUBLIC = "44.200.10.25"
"""An address that functions outside a VPC call from (AWS, us-east-1)."""
AWS_STRANGER = "3.80.14.9"
"""Somebody else's instance (AWS, EC2, us-east-1)."""
