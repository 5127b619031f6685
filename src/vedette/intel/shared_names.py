"""Names that so many strangers share that a list which has one of them says little of who looks it up.

Two small tables, each entry with its reason. They are no substitute for a popularity list: that knows many more.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from vedette.intel.domains import registered_domain

_CODE = "source code and releases of everybody; the path says whose"
_FILES = "files of everybody; the path says whose"
_CHAT = "the API of a messenger; the path or token says whose"
_PASTE = "texts of everybody; the path says whose"

SHARED_HOSTS = MappingProxyType({
    "github.com": _CODE, "api.github.com": _CODE, "codeload.github.com": _CODE, "gist.github.com": _PASTE,
    "raw.githubusercontent.com": _CODE, "gist.githubusercontent.com": _PASTE, "objects.githubusercontent.com": _CODE,
    "media.githubusercontent.com": _CODE, "release-assets.githubusercontent.com": _CODE, "gitlab.com": _CODE,
    "bitbucket.org": _CODE, "pastebin.com": _PASTE, "www.dropbox.com": _FILES, "dropbox.com": _FILES,
    "dl.dropboxusercontent.com": _FILES, "content.dropboxapi.com": _FILES, "api.dropboxapi.com": _FILES,
    "drive.google.com": _FILES, "docs.google.com": _FILES, "drive.usercontent.google.com": _FILES,
    "storage.googleapis.com": _FILES, "www.googleapis.com": _FILES, "firebasestorage.googleapis.com": _FILES,
    "onedrive.live.com": _FILES, "1drv.ms": _FILES, "graph.microsoft.com": _FILES, "api.telegram.org": _CHAT,
    "t.me": _CHAT, "discord.com": _CHAT, "cdn.discordapp.com": _FILES, "hooks.slack.com": _CHAT, "slack.com": _CHAT,
    "bit.ly": "short addresses of everybody; the path says whose",
})
"""Hosts that serve what many people put there under one name."""

PLATFORMS = MappingProxyType({
    "amazonaws.com": "AWS's own endpoints, buckets and load balancers", "amazonaws.com.cn": "the same in China",
    "on.aws": "function URLs and App Runner: production as well as abuse",
    "cloudfront.net": "AWS's content delivery", "awsglobalaccelerator.com": "AWS's accelerators",
    "akamai.net": "content delivery", "akamaiedge.net": "content delivery", "akamaized.net": "content delivery",
    "edgekey.net": "content delivery", "edgesuite.net": "content delivery", "fastly.net": "content delivery",
    "fastlylb.net": "content delivery", "cloudflare.net": "content delivery", "azureedge.net": "content delivery",
    "azurefd.net": "content delivery", "trafficmanager.net": "Azure's balancing",
    "windows.net": "Azure's own endpoints", "azure.com": "Azure's own endpoints",
    "googleapis.com": "Google's own endpoints",
    "googleusercontent.com": "Google's delivery", "1e100.net": "Google's own machines",
})
"""Names below which half of all production runs: that a list has one of them whole says nothing of a name below."""


_MACHINE = re.compile(r"ec2-[0-9-]+\.")
"""How AWS names one instance. The Public Suffix List has a rule that makes a suffix of such a name."""


def shared_by(name: str) -> str | None:
    """Why a name (lower case, no trailing dot) is shared by strangers; None when it is its owner's.

    A public suffix is, too: ``s3.amazonaws.com`` serves every bucket.

    >>> shared_by("pastebin.com"), shared_by("evil.github.io")
    ('texts of everybody; the path says whose', None)
    """
    if name in SHARED_HOSTS:
        return SHARED_HOSTS[name]
    if "." in name and registered_domain(name) is None and not _MACHINE.match(name):
        return "what is below it belongs to many"
    return None


def is_platform(entry: str) -> bool:
    """Whether a list's entry (``cloudfront.net``, ``*.s3.amazonaws.com``) is all of a platform, or a part of AWS's that
    is nobody's alone."""
    name = entry.removeprefix("*.")
    if name in PLATFORMS:
        return True
    aws = name.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    return aws and registered_domain(name) is None and not _MACHINE.match(name)
