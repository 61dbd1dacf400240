"""ConnectionSet: which protocols and destination ports a connection may use."""

from __future__ import annotations

from collections.abc import Iterable

from policies.evaluator import intervals
from policies.evaluator.intervals import Ranges

__all__ = ["ALL", "NONE", "PORT_MAX", "PORT_MIN", "PROTOCOLS", "ConnectionSet"]

PROTOCOLS = ("TCP", "UDP", "SCTP")
PORT_MIN, PORT_MAX = 1, 65535
_STRIDE = 65536
# One point that stands for ICMP and every protocol a NetworkPolicy does not speak of (M-06, A-95).
_OTHER = len(PROTOCOLS) * _STRIDE + 1


class ConnectionSet:
    """An immutable set of (protocol, destination port), exact at every port (M-06, M-07).

    All protocols share one axis, so every operation is one pass over sorted ranges. ICMP and other
    protocols are one extra point: part of "all connections", of no port list, and never printed.
    """

    __slots__ = ("_hash", "ranges")

    ranges: Ranges

    def __init__(self, ranges: Ranges = ()) -> None:
        self.ranges = ranges
        self._hash = hash(ranges)

    @classmethod
    def of(cls, protocol: str, low: int = PORT_MIN, high: int = PORT_MAX) -> ConnectionSet:
        """Ports `low` to `high`, both included, of TCP, UDP or SCTP. Raises ValueError otherwise."""
        base = PROTOCOLS.index(protocol) * _STRIDE
        return cls(((base + low, base + high),)) if low <= high else NONE

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
        return isinstance(other, ConnectionSet) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"ConnectionSet({self})"

    def __str__(self) -> str:
        """The text form of every output: `All Connections`, `TCP 80,8080-8090,UDP 53`."""
        shown = self.to_json()
        if shown == "all":
            return "All Connections"
        if not shown:
            return "No Connections"
        groups = []
        for protocol, ports in sorted(shown.items()):
            spans = ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ports)
            groups.append(f"{protocol} {spans}")
        return ",".join(groups)

    @property
    def ported(self) -> ConnectionSet:
        """This set without ICMP and other protocols: what is shown and compared."""
        return ConnectionSet(intervals.subtract(self.ranges, ((_OTHER, _OTHER),)))

    @property
    def other_protocols(self) -> bool:
        """Whether ICMP and other protocols are part of the set (by convention only, A-95)."""
        return bool(self.ranges) and self.ranges[-1][1] == _OTHER

    @property
    def size(self) -> int:
        """How many (protocol, port) pairs are in the set; 196,605 is everything."""
        return sum(high - low + 1 for low, high in self.ported.ranges)

    def to_json(self) -> str | dict[str, list[list[int]]]:
        """`"all"`, or protocol -> sorted, disjoint, inclusive ranges (design.md section 5)."""
        shown = self.ported.ranges
        if shown == _ALL_PORTS:
            return "all"
        result: dict[str, list[list[int]]] = {}
        for low, high in shown:
            index, base = divmod(low, _STRIDE)
            result.setdefault(PROTOCOLS[index], []).append([base, high - index * _STRIDE])
        return result

    def allows(self, protocol: str, port: int) -> bool:
        """Whether one connection is in the set; `protocol` may be `ICMP` (the port is ignored)."""
        if protocol in PROTOCOLS:
            point = PROTOCOLS.index(protocol) * _STRIDE + port
        else:
            point = _OTHER
        return any(low <= point <= high for low, high in self.ranges)


_ALL_PORTS: Ranges = tuple(
    (i * _STRIDE + PORT_MIN, i * _STRIDE + PORT_MAX) for i in range(len(PROTOCOLS))
)
ALL = ConnectionSet((*_ALL_PORTS, (_OTHER, _OTHER)))
NONE = ConnectionSet()
