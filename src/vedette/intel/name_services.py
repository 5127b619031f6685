"""Domains below which names are made of data on purpose: the name is a question, or tells who asks.

Those that who looks for tunnels has met again and again, written down from memory and checked against no list. A tunnel
needs a domain whose name servers it controls, which none of these lends to anybody.
"""

from __future__ import annotations

from types import MappingProxyType

from vedette.intel.domains import registered_domain

_MAIL = "who sends mail, or what is in it, is looked up in a block list"
_FILES = "files and addresses are looked up by their hash, by a virus scanner"
_ROUTES = "whose an address is"
_MEASURED = "each visit has a name of its own, to measure the way to it"
_DELIVERY = "delivery: each machine or copy has a name"

NAME_SERVICES = MappingProxyType({
    **dict.fromkeys((
        "abuseat.org", "abusix.zone", "barracudacentral.org", "dnswl.org", "dronebl.org", "invaluement.com",
        "junkemailfilter.com", "mailspike.net", "msbl.org", "rspamd.com", "senderscore.com", "sorbs.net",
        "spamcop.net", "spameatingmonkey.net", "spamhaus.net", "spamhaus.org", "spfbl.net", "surbl.org", "surriel.com",
        "uribl.com"), _MAIL),
    **dict.fromkeys((
        "e5.sk", "f-secure.com", "mcafee.com", "sonicwall.com", "sophosxl.com", "sophosxl.net", "symantec.com",
        "trendmicro.com", "webrootcloudav.com"), _FILES),
    **dict.fromkeys(("cymru.com", "routeviews.org", "shadowserver.org"), _ROUTES),
    **dict.fromkeys((
        "akstat.io", "conviva.com", "dotnxdomain.net", "fastly-insights.com", "footprintdns.com", "gstatic.com",
        "office.com", "perfops.io"), _MEASURED),
    **dict.fromkeys(("fbcdn.net", "googlevideo.com", "nflxvideo.net"), _DELIVERY),
})


def asks_by_name(name: str) -> bool:
    """Whether a name (lower case, no trailing dot) is below one of these domains.

    >>> asks_by_name("2.0.0.127.zen.spamhaus.org"), asks_by_name("spamhaus.org.example")
    (True, False)
    """
    return registered_domain(name) in NAME_SERVICES
