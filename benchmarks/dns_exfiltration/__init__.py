"""How much leaks through a DNS tunnel before it is found, and what ordinary look-ups are taken for one.

``python -m benchmarks.dns_exfiltration`` plays tunnels and ordinary look-ups and writes docs/dns-exfiltration.md.

*The split, written down before the detector was.* `tunnels` and `ordinary` have two halves each. **Tuning**:
hexadecimal, base32 and base64url as iodine, dnscat2, DNSExfiltrator and a shell script around ``dig`` write them, in
TXT, NULL and A queries; and of ordinary work sites, AWS's endpoints, delivery networks, search lists, one block list,
origin-ASN queries, reverse names, one anti-virus and mail policies. Settings were chosen on this half and on no other,
but for what `LOOKS` tells. **Held**: other alphabets (base64, base32hex, base36, base58, decimal, octets), other types
(CNAME, MX, AAAA, both of A and AAAA), other sizes, jitter and one-way tunnels; and of ordinary work everything else
that is said to look like a tunnel. Each look at the held half is told in `LOOKS`.

*What the split is not.* One person made both halves and the detector, and knew what it would do when he made the held
one. The halves share the players, the generator of sites, three encoders (hexadecimal, base32, base64url), some rates
and many domains; seven domains of the held half are in `vedette.intel.name_services`, which was written after it. Three
rules were changed after looks at it. So it shows that settings carry over to other shapes, and nothing about the field.
"""

LOOKS = (
    ("Two seeds, after the settings had been chosen. Of ordinary look-ups the monitor that goes round its tenants was "
     "found on its first round: since then small names must have come for three hours (`ROUND`). Pieces of 20 bytes "
     "that are asked for twice took up to 26 hours: `IN_A_DAY` went from 1,200 to 1,000."),
    ("One seed of a tenth of the look-ups. The monitor went round so slowly that it was found again: UUIDs as they are "
     "written carry nothing since then."),
    "The same seed of a thirtieth, to see that this page is written. Nothing was changed.",
    ("Ten seeds of a million: no false finding. But the engine's part took every tenth machine, which left four of a "
     "fleet of forty with a product that nobody knows, and all four were found, by the detector alone as well. Nothing "
     "was changed in the detector; the engine's part now takes the first hours of all machines, and a table tells what "
     "is found by the size of the fleet. That none is found below depends on that size."),
    ("The same ten seeds, measured here. After that the monitor was played with plain hexadecimal names instead of "
     "UUIDs: 700 names in rounds of more than five hours are found (10 seeds of 10), in rounds of half an hour they "
     "are not. The rule about UUIDs hides what the first looks had shown, and does not solve it. Nothing was changed."),
)
