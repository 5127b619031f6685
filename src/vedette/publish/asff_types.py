"""GuardDuty's finding types in the taxonomy of the AWS Security Finding Format.

The mapping is AWS's own, from the GuardDuty user guide ("Integrating with AWS Security Hub"), for the finding types of
EC2, IAM and S3. A type that is not there, such as a custom one, is a TTP.
"""

from __future__ import annotations

_COMMAND = "TTPs/Command and Control"
_EVASION = "TTPs/Defense Evasion"
_EXFILTRATION = "Effects/Data Exfiltration"
_CONSUMPTION = "Effects/Resource Consumption"

_CATEGORIES: tuple[tuple[str, str], ...] = (
    ("Backdoor:", _COMMAND),
    ("Behavior:", "Unusual Behaviors/VM"),
    ("CredentialAccess:", "TTPs/Credential Access"),
    ("CryptoCurrency:", _COMMAND),
    ("DefenseEvasion:", _EVASION),
    ("Execution:", "TTPs/Execution"),
    ("Impact:EC2/PortSweep", "TTPs/Impact"),
    ("Impact:EC2/WinRMBruteForce", "TTPs/Impact"),
    ("Impact:EC2/MaliciousDomainRequest.Custom", "TTPs/Impact"),
    ("InitialAccess:", "TTPs/Initial Access"),
    ("Persistence:", "TTPs/Persistence"),
    ("Policy:S3/BucketBlockPublicAccessDisabled", "Effects/Data Exposure"),
    ("PrivilegeEscalation:", "TTPs/Privilege Escalation"),
    ("Recon:", "TTPs/Discovery"),
    ("Stealth:", _EVASION),
    ("Trojan:EC2/DriveBySourceTraffic", "TTPs/Initial Access"),
    ("Trojan:EC2/DropPoint", _EXFILTRATION),
    ("Trojan:", _COMMAND),
    ("UnauthorizedAccess:EC2/MaliciousIPCaller", _COMMAND),
    ("UnauthorizedAccess:EC2/RDPBruteForce", "TTPs/Initial Access"),
    ("UnauthorizedAccess:EC2/SSHBruteForce", "TTPs/Initial Access"),
    ("UnauthorizedAccess:EC2/Tor", _CONSUMPTION),
    ("UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration", _EXFILTRATION),
    ("UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration", _EXFILTRATION),
    ("UnauthorizedAccess:IAMUser/TorIPCaller", _COMMAND),
)
"""The category of the types whose name starts so; the first that fits."""

_TACTICS = {
    "CredentialAccess": "Credential Access", "DefenseEvasion": "Defense Evasion", "InitialAccess": "Initial Access",
    "PrivilegeEscalation": "Privilege Escalation",
}

_EXCEPTIONS = {
    "DefenseEvasion:EC2/UnusualDNSResolver": "TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver",
    "DefenseEvasion:EC2/UnusualDoHActivity": "TTPs/DefenseEvasion/EC2:Unusual-DoH-Activity",
    "DefenseEvasion:EC2/UnusualDoTActivity": "TTPs/DefenseEvasion/EC2:Unusual-DoT-Activity",
    "PenTest:IAMUser/KaliLinux": "TTPs/PenTest:IAMUser/KaliLinux",
    "PenTest:IAMUser/ParrotLinux": "TTPs/PenTest:IAMUser/ParrotLinux",
    "PenTest:IAMUser/PentooLinux": "TTPs/PenTest:IAMUser/PentooLinux",
}


def asff_type(name: str) -> str:
    """What Security Hub calls a finding type.

    >>> asff_type("Trojan:EC2/DropPoint!DNS")
    'Effects/Data Exfiltration/Trojan:EC2-DropPoint!DNS'
    """
    if name in _EXCEPTIONS:
        return _EXCEPTIONS[name]
    purpose, _, rest = name.partition(":")
    if rest == "IAMUser/AnomalousBehavior":
        return f"TTPs/{_TACTICS.get(purpose, purpose)}/IAMUser-AnomalousBehavior"
    category = next((category for start, category in _CATEGORIES if name.startswith(start)), "TTPs")
    return f"{category}/{name.replace('/', '-', 1)}"
