"""ConnectionSet: which protocols and destination ports a connection may use."""

from __future__ import annotations

from collections.abc import Iterable

from policies.evaluator import intervals
from policies.evaluator.intervals import Ranges

__all__ = [
    "ALL",
    "IPV4",
    "IPV6",
    "NONE",
    "PORT_MAX",
    "PORT_MIN",
    "PROTOCOLS",
    "ConnectionSet",
]

PROTOCOLS = ("TCP", "UDP", "SCTP")
PORT_MIN, PORT_MAX = 1, 65535
_STRIDE = 65536
# One point that stands for ICMP and every protocol a NetworkPolicy does not speak of (M-06, A-95).
_OTHER = len(PROTOCOLS) * _STRIDE + 1
# IPv6 is a second copy of the axis, so that a dual-stack pair may differ by family.
_SHIFT = (len(PROTOCOLS) + 1) * _STRIDE


class ConnectionSet:
    """An immutable set of (address family, protocol, destination port), exact at every port.

    Everything lies on one axis, so every operation is one pass over sorted ranges (M-06, M-07).
    ICMP and other protocols are one extra point per family: part of "all connections", of no port
    list, and never printed. Sets are printed and compared after `over()` has made both families
    equal.
    """

    __slots__ = ("_hash", "_ported", "ranges")

    ranges: Ranges

    def __init__(self, ranges: Ranges = ()) -> None:
        self.ranges = ranges
        self._hash = hash(ranges)
        self._ported: ConnectionSet | None = None

    @classmethod
    def of(cls, protocol: str, low: int = PORT_MIN, high: int = PORT_MAX) -> ConnectionSet:
        """Ports `low` to `high`, both included, of TCP, UDP or SCTP, over both families.

        Raises ValueError for another protocol.
        """
        base = PROTOCOLS.index(protocol) * _STRIDE
        return _both_families(((base + low, base + high),)) if low <= high else NONE

    @classmethod
    def union_of(cls, sets: Iterable[ConnectionSet]) -> ConnectionSet:
        """Everything in any of `sets`."""
        return cls(intervals.normalise(part for each in sets for part in each.ranges))

    def __or__(self, other: ConnectionSet) -> ConnectionSet:
        return ConnectionSet(intervals.union(self.ranges, other.ranges))

    def __and__(self, other: ConnectionSet) -> ConnectionSet:
        if self is ALL or self is other:
            return other
        if other is ALL:
            return self
        return ConnectionSet(intervals.intersect(self.ranges, other.ranges))

    def __sub__(self, other: ConnectionSet) -> ConnectionSet:
        if other is ALL or self is other:
            return NONE
        return ConnectionSet(intervals.subtract(self.ranges, other.ranges))

    def __le__(self, other: ConnectionSet) -> bool:
        return other is ALL or not intervals.subtract(self.ranges, other.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, ConnectionSet) and self.ranges == other.ranges)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"ConnectionSet({self})"

    def __str__(self) -> str:
        """The text form of every output: `All Connections`, `TCP 80,8080-8090,UDP 53`."""
        shown = self.to_json()
        if isinstance(shown, str) or not shown:
            return "All Connections" if shown else "No Connections"
        groups = []
        for protocol, ports in sorted(shown.items()):
            spans = ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ports)
            groups.append(f"{protocol} {spans}")
        return ",".join(groups)

    def over(self, family: ConnectionSet) -> ConnectionSet:
        """What is open over one family (IPV4 or IPV6), as a set that no longer tells them apart."""
        part = intervals.intersect(self.ranges, family.ranges)
        return _both_families(_lower(part))

    @property
    def ported(self) -> ConnectionSet:
        """This set without ICMP and other protocols: what is shown and compared."""
        if self._ported is None:
            self._ported = ConnectionSet(intervals.subtract(self.ranges, _OTHERS))
        return self._ported

    @property
    def other_protocols(self) -> bool:
        """Whether ICMP and other protocols are part of the set (by convention only, A-95)."""
        return bool(intervals.intersect(self.ranges, _OTHERS))

    @property
    def size(self) -> int:
        """How many (protocol, port) pairs are in the set; 196,605 is everything."""
        return sum(high - low + 1 for low, high in _lower(self.ported.ranges))

    def to_json(self) -> str | dict[str, list[list[int]]]:
        """`"all"`, or protocol -> sorted, disjoint, inclusive ranges (design.md section 5)."""
        shown = _lower(self.ported.ranges)
        if shown == _ALL_PORTS:
            return "all"
        result: dict[str, list[list[int]]] = {}
        for low, high in shown:
            index, base = divmod(low, _STRIDE)
            result.setdefault(PROTOCOLS[index], []).append([base, high - index * _STRIDE])
        return result

    def allows(self, protocol: str, port: int) -> bool:
        """Whether one connection is open over either family; of `ICMP` the port is ignored."""
        point = PROTOCOLS.index(protocol) * _STRIDE + port if protocol in PROTOCOLS else _OTHER
        return any(low <= point <= high for low, high in _lower(self.ranges))


def _lower(ranges: Ranges) -> Ranges:
    """Both families folded onto the lower copy of the axis."""
    if ranges and ranges[-1][1] >= _SHIFT:
        return intervals.normalise(
            (low - _SHIFT, high - _SHIFT) if low >= _SHIFT else (low, high) for low, high in ranges
        )
    return ranges


def _both_families(ranges: Ranges) -> ConnectionSet:
    return ConnectionSet((*ranges, *((low + _SHIFT, high + _SHIFT) for low, high in ranges)))


_OTHERS: Ranges = ((_OTHER, _OTHER), (_OTHER + _SHIFT, _OTHER + _SHIFT))
_ALL_PORTS: Ranges = tuple(
    (i * _STRIDE + PORT_MIN, i * _STRIDE + PORT_MAX) for i in range(len(PROTOCOLS))
)
ALL = _both_families((*_ALL_PORTS, (_OTHER, _OTHER)))
NONE = ConnectionSet()
IPV4 = ConnectionSet(intervals.intersect(ALL.ranges, ((0, _SHIFT - 1),)))
IPV6 = ALL - IPV4
