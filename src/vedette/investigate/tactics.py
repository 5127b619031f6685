"""MITRE ATT&CK's tactics and techniques, as far as finding types name them, and which phase of an attack they show.

Names and tactics are ATT&CK's (Enterprise, version 16.1: https://attack.mitre.org). A technique serves several tactics:
which of them is told by the type's purpose, else it is the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

VERSION = "16.1"
"""Of ATT&CK."""

TACTICS: Mapping[str, str] = {
    "Reconnaissance": "TA0043", "Resource Development": "TA0042", "Initial Access": "TA0001", "Execution": "TA0002",
    "Persistence": "TA0003", "Privilege Escalation": "TA0004", "Defense Evasion": "TA0005",
    "Credential Access": "TA0006", "Discovery": "TA0007", "Lateral Movement": "TA0008", "Collection": "TA0009",
    "Command and Control": "TA0011", "Exfiltration": "TA0010", "Impact": "TA0040",
}
"""In the order of an attack."""

_REC, _RES, _INI, _EXE, _PER, _PRI, _DEF, _CRE, _DIS, _LAT, _COL, _COM, _EXF, _IMP = TACTICS


class Technique(NamedTuple):
    """A technique's name and the tactics it serves."""

    name: str
    tactics: tuple[str, ...]


TECHNIQUES: Mapping[str, Technique] = {
    "T1021.004": Technique("Remote Services: SSH", (_LAT,)),
    "T1029": Technique("Scheduled Transfer", (_EXF,)),
    "T1037": Technique("Boot or Logon Initialization Scripts", (_PER, _PRI)),
    "T1041": Technique("Exfiltration Over C2 Channel", (_EXF,)),
    "T1046": Technique("Network Service Discovery", (_DIS,)),
    "T1048": Technique("Exfiltration Over Alternative Protocol", (_EXF,)),
    "T1048.003": Technique(
        "Exfiltration Over Alternative Protocol: Exfiltration Over Unencrypted Non-C2 Protocol", (_EXF,)),
    "T1059": Technique("Command and Scripting Interpreter", (_EXE,)),
    "T1071": Technique("Application Layer Protocol", (_COM,)),
    "T1071.001": Technique("Application Layer Protocol: Web Protocols", (_COM,)),
    "T1071.004": Technique("Application Layer Protocol: DNS", (_COM,)),
    "T1078": Technique("Valid Accounts", (_INI, _PER, _PRI, _DEF)),
    "T1078.001": Technique("Valid Accounts: Default Accounts", (_INI, _PER, _PRI, _DEF)),
    "T1078.004": Technique("Valid Accounts: Cloud Accounts", (_INI, _PER, _PRI, _DEF)),
    "T1090.003": Technique("Proxy: Multi-hop Proxy", (_COM,)),
    "T1095": Technique("Non-Application Layer Protocol", (_COM,)),
    "T1098": Technique("Account Manipulation", (_PER, _PRI)),
    "T1098.001": Technique("Account Manipulation: Additional Cloud Credentials", (_PER, _PRI)),
    "T1098.003": Technique("Account Manipulation: Additional Cloud Roles", (_PER, _PRI)),
    "T1098.006": Technique("Account Manipulation: Additional Container Cluster Roles", (_PER, _PRI)),
    "T1110": Technique("Brute Force", (_CRE,)),
    "T1110.001": Technique("Brute Force: Password Guessing", (_CRE,)),
    "T1133": Technique("External Remote Services", (_INI, _PER)),
    "T1189": Technique("Drive-by Compromise", (_INI,)),
    "T1190": Technique("Exploit Public-Facing Application", (_INI,)),
    "T1213.006": Technique("Data from Information Repositories: Databases", (_COL,)),
    "T1222": Technique("File and Directory Permissions Modification", (_DEF,)),
    "T1485": Technique("Data Destruction", (_IMP,)),
    "T1485.001": Technique("Data Destruction: Lifecycle-Triggered Deletion", (_IMP,)),
    "T1486": Technique("Data Encrypted for Impact", (_IMP,)),
    "T1496": Technique("Resource Hijacking", (_IMP,)),
    "T1496.003": Technique("Resource Hijacking: SMS Pumping", (_IMP,)),
    "T1496.004": Technique("Resource Hijacking: Cloud Service Hijacking", (_IMP,)),
    "T1498.001": Technique("Network Denial of Service: Direct Network Flood", (_IMP,)),
    "T1530": Technique("Data from Cloud Storage", (_COL,)),
    "T1537": Technique("Transfer Data to Cloud Account", (_EXF,)),
    "T1546": Technique("Event Triggered Execution", (_PER, _PRI)),
    "T1552": Technique("Unsecured Credentials", (_CRE,)),
    "T1552.005": Technique("Unsecured Credentials: Cloud Instance Metadata API", (_CRE,)),
    "T1552.007": Technique("Unsecured Credentials: Container API", (_CRE,)),
    "T1555.006": Technique("Credentials from Password Stores: Cloud Secrets Management Stores", (_CRE,)),
    "T1556": Technique("Modify Authentication Process", (_CRE, _DEF, _PER)),
    "T1562.001": Technique("Impair Defenses: Disable or Modify Tools", (_DEF,)),
    "T1562.007": Technique("Impair Defenses: Disable or Modify Cloud Firewall", (_DEF,)),
    "T1562.008": Technique("Impair Defenses: Disable or Modify Cloud Logs", (_DEF,)),
    "T1565": Technique("Data Manipulation", (_IMP,)),
    "T1566": Technique("Phishing", (_INI,)),
    "T1567": Technique("Exfiltration Over Web Service", (_EXF,)),
    "T1568.002": Technique("Dynamic Resolution: Domain Generation Algorithms", (_COM,)),
    "T1571": Technique("Non-Standard Port", (_COM,)),
    "T1572": Technique("Protocol Tunneling", (_COM,)),
    "T1580": Technique("Cloud Infrastructure Discovery", (_DIS,)),
    "T1584.005": Technique("Compromise Infrastructure: Botnet", (_RES,)),
    "T1586.002": Technique("Compromise Accounts: Email Accounts", (_RES,)),
    "T1595.001": Technique("Active Scanning: Scanning IP Blocks", (_REC,)),
    "T1609": Technique("Container Administration Command", (_EXE,)),
    "T1610": Technique("Deploy Container", (_DEF, _EXE)),
    "T1611": Technique("Escape to Host", (_PRI,)),
    "T1613": Technique("Container and Resource Discovery", (_DIS,)),
    "T1619": Technique("Cloud Storage Object Discovery", (_DIS,)),
    "T1666": Technique("Modify Cloud Resource Hierarchy", (_DEF,)),
}
"""Those that finding types name; a test compares."""

_PURPOSES: Mapping[str, str] = {
    "Recon": _REC, "ResourceDevelopment": _RES, "InitialAccess": _INI, "UnauthorizedAccess": _INI, "Execution": _EXE,
    "Persistence": _PER, "PrivilegeEscalation": _PRI, "DefenseEvasion": _DEF, "DefenseImpairment": _DEF,
    "Stealth": _DEF, "CredentialAccess": _CRE, "Discovery": _DIS, "LateralMovement": _LAT, "Backdoor": _COM,
    "Exfiltration": _EXF, "Impact": _IMP, "CryptoCurrency": _IMP,
}
"""The tactic that a type's purpose names, where it names one."""


def phases_of(type_name: str, techniques: Iterable[str]) -> list[str]:
    """The tactics that techniques serve in findings of a type, the most telling first."""
    return list(dict.fromkeys(phase for one in techniques if (phase := phase_of(type_name, one))))


def phase_of(type_name: str, technique: str) -> str:
    """The tactic that a technique serves in findings of a type; empty when the technique is not known here."""
    known = TECHNIQUES.get(technique)
    if known is None:
        return ""
    purpose = _PURPOSES.get(type_name.partition(":")[0], "")
    return purpose if purpose in known.tactics else known.tactics[0]
