"""Which end of a flow is the interface's own: local and remote, as the interface sees them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.logs.addresses import private

Flags = npt.NDArray[np.bool_]

_IN, _OUT, _OPEN = 0, 1, -1


def oriented(
    frame: pl.LazyFrame | pl.DataFrame,
    interface_addresses: Mapping[str, Collection[str]] | pl.DataFrame | None = None,
    objects: npt.NDArray[np.int64] | None = None,
) -> pl.LazyFrame:
    """The rows with ``local``, ``remote``, ``local_port``, ``remote_port`` and ``outgoing`` added.

    ``interface_addresses`` tells what is known of interfaces: id → its own addresses, or a frame of ``interface_id``
    and ``address``. The first rule that decides a row holds:

    1. ``flow_direction`` (version 5): what comes in has its destination here.
    2. Exactly one of the two addresses is known to be the interface's.
    3. Exactly one of the two addresses is private: that one.
    4. Nothing is known of the interface, and one address, and no other, is in every row of it in this frame (IPv4
       and IPv6 apart). Where ``objects`` says of each row which object it is of, in its rows of the same object.

    A row that no rule decides has null in all five columns. Where packets pass a middle box (NAT gateway, transit
    gateway) ``remote`` is the far end's true address, from ``pkt_srcaddr`` or ``pkt_dstaddr``; ``local`` is always
    the interface's own.
    """
    rows = frame.lazy().collect()
    way = np.full(rows.height, _OPEN, np.int8)
    _by_direction(rows, way)
    if (way == _OPEN).any():
        own = _own_addresses(rows, interface_addresses)
        _by_addresses(rows, way, own)
        _by_common_address(rows, way, own, objects)
    return rows.lazy().with_columns(_columns(way, set(rows.columns)))


def _columns(way: npt.NDArray[np.int8], present: set[str]) -> list[pl.Expr]:
    undecided = way == _OPEN
    outgoing = pl.Series("outgoing", way == _OUT)
    if undecided.any():
        outgoing = outgoing.set(pl.Series(undecided), None)
    out = pl.lit(outgoing)

    def side(if_out: pl.Expr, if_in: pl.Expr) -> pl.Expr:
        if undecided.any():
            return pl.when(out).then(if_out).when(~out).then(if_in)
        return pl.when(out).then(if_out).otherwise(if_in)

    far_source, far_target = pl.col("srcaddr"), pl.col("dstaddr")
    if "pkt_srcaddr" in present:
        far_source = pl.coalesce("pkt_srcaddr", "srcaddr")
    if "pkt_dstaddr" in present:
        far_target = pl.coalesce("pkt_dstaddr", "dstaddr")
    return [
        side(pl.col("srcaddr"), pl.col("dstaddr")).alias("local"),
        side(far_target, far_source).alias("remote"),
        side(pl.col("srcport"), pl.col("dstport")).alias("local_port"),
        side(pl.col("dstport"), pl.col("srcport")).alias("remote_port"),
        out.alias("outgoing"),
    ]


def _by_direction(rows: pl.DataFrame, way: npt.NDArray[np.int8]) -> None:
    if "flow_direction" in rows.columns:
        way[_flags(rows, pl.col("flow_direction") == "egress")] = _OUT
        way[_flags(rows, pl.col("flow_direction") == "ingress")] = _IN


def _by_addresses(rows: pl.DataFrame, way: npt.NDArray[np.int8], own: pl.DataFrame) -> None:
    source, target = _flags(rows, private(pl.col("srcaddr"))), _flags(rows, private(pl.col("dstaddr")))
    one_private = source ^ target
    # An interface whose known addresses are all private is the private end: no need to look at which.
    unusual = own.filter(~private(pl.col("address")))["interface_id"].unique()
    usual = np.ones(rows.height, dtype=bool)
    if unusual.len():
        usual = ~_flags(rows, pl.col("interface_id").is_in(unusual.implode()))
    _decide(way, one_private & usual, source)
    if own.height and (way == _OPEN).any():
        places = np.flatnonzero(way == _OPEN)
        still = rows.select("interface_id", "srcaddr", "dstaddr")[places]
        mine = own.with_columns(mine=pl.lit(value=True))
        ends = []
        for end in ("srcaddr", "dstaddr"):
            joined = still.join(
                mine, left_on=["interface_id", end], right_on=["interface_id", "address"], how="left",
                maintain_order="left",
            )
            ends.append(joined["mine"].fill_null(value=False).to_numpy())
        found = np.full(len(places), _OPEN, np.int8)
        _decide(found, ends[0] ^ ends[1], ends[0])
        way[places] = found
    _decide(way, one_private, source)


def _decide(way: npt.NDArray[np.int8], decided: Flags, out: Flags) -> None:
    decided = decided & (way == _OPEN)
    way[decided] = out[decided]


def _own_addresses(
    rows: pl.DataFrame, known: Mapping[str, Collection[str]] | pl.DataFrame | None
) -> pl.DataFrame:
    """The known addresses of the interfaces in these rows."""
    if isinstance(known, pl.DataFrame):
        return known.select("interface_id", "address").unique()
    seen = rows["interface_id"].unique().drop_nulls() if known else ()
    pairs = {(interface, address) for interface in seen for address in (known or {}).get(interface, ())}
    return pl.DataFrame(
        sorted(pairs), schema={"interface_id": pl.String, "address": pl.String}, orient="row"
    )


def _by_common_address(
    rows: pl.DataFrame, way: npt.NDArray[np.int8], own: pl.DataFrame, objects: npt.NDArray[np.int64] | None
) -> None:
    holders = rows.select("interface_id", object=pl.lit(0) if objects is None else pl.Series(objects))
    still = holders.filter(way == _OPEN).filter(~pl.col("interface_id").is_in(own["interface_id"].implode()))
    undecided = still.drop_nulls("interface_id").unique(maintain_order=True)
    if not undecided.height:
        return
    numbered = undecided.with_columns(number=np.arange(undecided.height, dtype=np.int64))
    theirs = pl.col("interface_id").is_in(undecided["interface_id"].unique().implode())
    places = np.flatnonzero(_flags(rows, theirs & pl.col("srcaddr").is_not_null()))
    numbers = holders[places].join(
        numbered, on=["interface_id", "object"], how="left", maintain_order="left"
    )["number"].fill_null(-1).to_numpy()
    places, numbers = places[numbers >= 0], numbers[numbers >= 0]
    source, target = rows["srcaddr"][places], rows["dstaddr"][places]
    group = numbers * 2 + source.str.contains(":", literal=True).to_numpy()
    groups = 2 * undecided.height
    first = np.zeros(groups, np.int64)
    first[group[::-1]] = np.arange(len(places), dtype=np.int64)[::-1]
    here = first[group]
    sent, got, always = [], [], []
    for candidate in (source[here], target[here]):
        sent.append((source == candidate).fill_null(value=False).to_numpy())
        got.append((target == candidate).fill_null(value=False).to_numpy())
        missing = np.bincount(group[~(sent[-1] | got[-1])], minlength=groups)
        always.append(missing == 0)
    for which in (0, 1):
        common = (always[which] & ~always[1 - which])[group]
        decided = places[common & (sent[which] ^ got[which])]
        out = np.zeros(len(way), dtype=bool)
        out[places] = sent[which]
        one = np.zeros(len(way), dtype=bool)
        one[decided] = True
        _decide(way, one, out)


def _flags(rows: pl.DataFrame, test: pl.Expr) -> Flags:
    return rows.select(test.fill_null(value=False).alias("test"))["test"].to_numpy()
