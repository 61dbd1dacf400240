"""Flows as the corpus lists them: by direct owner, address ranges cut at the policies' bounds."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from policies.evaluator.connections import NONE, ConnectionSet
from policies.evaluator.engine import evaluate
from policies.evaluator.graph import flows
from policies.evaluator.profile import Profile
from policies.evaluator.state import ClusterState

__all__ = [
    "ORDINARY_PODS",
    "Range",
    "bounds",
    "connection_rows",
    "pieces",
    "range_text",
    "v4_ranges",
]

# netpol-analyzer's choices (corpus A3): a block never selects pods, and host-network pods are
# pods like others.
ORDINARY_PODS = Profile(
    np_enforced=True,
    ipblock_matches_pods=False,
    own_node_ingress_exempt=False,
    own_node_egress_exempt=False,
    hostnet_peer_by_selector=True,
    hostnet_subject=True,
)
Range = tuple[int, int]
End = str | Range
"""A workload by name, or a range of addresses."""
_LAST = (1 << 32) - 1
_SIDES = {"ingress": "from", "egress": "to"}


def bounds(state: ClusterState, direction: str) -> list[int]:
    """Where the corpus cuts one side's IPv4 addresses: at every contiguous range of a block."""
    cuts = {0, _LAST + 1}
    for policy in state.policies:
        for rule in policy.spec.get(direction) or []:
            for peer in (rule or {}).get(_SIDES[direction]) or []:
                block = peer.get("ipBlock")
                blocks = [block] if block else [{"cidr": each} for each in _networks(peer)]
                for each in blocks:
                    if ":" not in each["cidr"]:
                        for low, high in _contiguous(each):
                            cuts |= {low, high + 1}
    return sorted(cuts)


def _networks(peer: Mapping[str, Any]) -> Sequence[str]:
    return peer.get("networks") or ()


def _contiguous(block: Mapping[str, Any]) -> Iterator[Range]:
    networks = [ipaddress.IPv4Network(block["cidr"], strict=False)]
    for text in block.get("except") or []:
        hole = ipaddress.IPv4Network(text, strict=False)
        kept: list[ipaddress.IPv4Network] = []
        for network in networks:
            if hole.supernet_of(network):
                continue
            kept += network.address_exclude(hole) if hole.subnet_of(network) else [network]
        networks = kept
    yield from _joined(
        (int(each.network_address), int(each.broadcast_address)) for each in networks
    )


def _joined(ranges: Iterable[Range]) -> list[Range]:
    """Sorted, neighbouring ranges made one."""
    joined: list[Range] = []
    for low, high in sorted(ranges):
        if joined and joined[-1][1] + 1 >= low:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def v4_ranges(text: str) -> list[Range]:
    """The IPv4 ranges of `10.0.0.0/8,192.168.0.1-192.168.0.9,::1`."""
    found = []
    for part in text.split(","):
        if ":" in part:
            continue
        if "-" in part:
            low, high = (int(ipaddress.IPv4Address(end)) for end in part.split("-"))
        else:
            network = ipaddress.IPv4Network(part)
            low, high = int(network.network_address), int(network.broadcast_address)
        found.append((low, high))
    return found


def pieces(ranges: Iterable[Range], cuts: Iterable[int]) -> list[Range]:
    """The ranges, cut at every bound."""
    starts = sorted(cuts)
    return [
        (max(low, start), min(high, end - 1))
        for low, high in ranges
        for start, end in itertools.pairwise(starts)
        if max(low, start) <= min(high, end - 1)
    ]


def range_text(each: Range) -> str:
    """`10.0.0.0-10.255.255.255`."""
    return f"{ipaddress.IPv4Address(each[0])}-{ipaddress.IPv4Address(each[1])}"


def connection_rows(
    state: ClusterState, owners: Mapping[tuple[str, str], str], profile: Profile = ORDINARY_PODS
) -> list[dict[str, Any]]:
    """All rows of the connection list, a workload's own rows left out."""
    opened: dict[tuple[End, End], ConnectionSet] = {}
    for flow in flows(evaluate(state, profile), level="pod"):
        for source in _ends(flow.source, owners):
            for destination in _ends(flow.destination, owners):
                if source != destination:
                    pair = (source, destination)
                    opened[pair] = opened.get(pair, NONE) | flow.connections
    rows: list[dict[str, Any]] = []
    outside: dict[tuple[str, str, ConnectionSet], list[Range]] = {}
    for (source, destination), connections in opened.items():
        if isinstance(source, str) and isinstance(destination, str):
            rows.append({"src": source, "dst": destination, "conn": connections.to_json()})
        elif isinstance(destination, str):
            outside.setdefault(("src", destination, connections), []).append(_range(source))
        elif isinstance(source, str):
            outside.setdefault(("dst", source, connections), []).append(_range(destination))
    cuts = {"src": bounds(state, "ingress"), "dst": bounds(state, "egress")}
    for (end, workload, connections), ranges in outside.items():
        other = "dst" if end == "src" else "src"
        for each in pieces(_joined(ranges), cuts[end]):
            row = {end: range_text(each), other: workload, "conn": connections.to_json()}
            rows.append(row)
    return sorted(rows, key=lambda row: (row["src"], row["dst"]))


def _range(end: End) -> Range:
    assert isinstance(end, tuple)
    return end


def _ends(text: str, owners: Mapping[tuple[str, str], str]) -> Sequence[End]:
    if not text.endswith("]"):
        return v4_ranges(text)
    namespace, _, name = text.removesuffix("[Pod]").partition("/")
    return [owners[namespace, name]]
