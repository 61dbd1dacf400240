"""AddressSet: IPv4 and IPv6 addresses as exact ranges on one axis."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from policies.evaluator import intervals
from policies.evaluator.intervals import Ranges
from policies.evaluator.names import is_ipv4

__all__ = [
    "EVERY_ADDRESS",
    "EVERY_IPV4",
    "PRIVATE_ADDRESSES",
    "AddressSet",
    "address_number",
    "ipv4_span",
]

# IPv6 starts far above IPv4 so that no range ever spans both families.
_V6 = 1 << 40
_V4_END = (1 << 32) - 1
_V6_END = _V6 + (1 << 128) - 1
# The last of the addresses of a block, by the length of its prefix.
_V4_LAST = {str(length): (1 << (32 - length)) - 1 for length in range(33)}


def address_number(text: str) -> int:
    """The place of an address on the axis. Raises ValueError for anything but an IP address."""
    if is_ipv4(text):
        # Every pod of a large cluster comes through here; ipaddress takes ten times as long.
        return _ipv4_number(text)
    address = ipaddress.ip_address(text)
    return int(address) + (_V6 if address.version == 6 else 0)


def _ipv4_number(text: str) -> int:
    return int.from_bytes(map(int, text.split(".")), "big")


def ipv4_span(cidr: str) -> tuple[int, int] | None:
    """The first and the last address of a CIDR, host bits dropped (A-65); None where it is not
    plainly one of IPv4. Policies have thousands, and ipaddress takes five times as long."""
    address, _, length = cidr.partition("/")
    last = _V4_LAST.get(length)
    if last is None or not is_ipv4(address):
        return None
    first = _ipv4_number(address) & ~last
    return first, first | last


def _span(cidr: str) -> tuple[int, int]:
    plain = ipv4_span(cidr)
    if plain is not None:
        return plain
    network = ipaddress.ip_network(cidr, strict=False)
    shift = _V6 if network.version == 6 else 0
    return int(network.network_address) + shift, int(network.broadcast_address) + shift


class AddressSet:
    """An immutable set of IP addresses of either family."""

    __slots__ = ("ranges",)

    ranges: Ranges

    def __init__(self, ranges: Ranges = ()) -> None:
        self.ranges = ranges

    @classmethod
    def of_cidrs(cls, cidrs: Iterable[str], excepts: Iterable[str] = ()) -> AddressSet:
        """Addresses in any of `cidrs` and none of `excepts`; host bits are dropped (A-65)."""
        included = intervals.normalise(_span(cidr) for cidr in cidrs)
        excluded = intervals.normalise(_span(cidr) for cidr in excepts)
        return cls(intervals.subtract(included, excluded))

    @classmethod
    def parse(cls, text: str) -> AddressSet:
        """The set that is printed as `text`: addresses, CIDRs and spans with commas between.

        Raises ValueError for anything else.
        """
        return cls(intervals.normalise(_parsed(part.strip()) for part in text.split(",")))

    @property
    def single(self) -> str:
        """The address where there is just one, else empty."""
        alone = len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]
        return str(_address(self.ranges[0][0])) if alone else ""

    def __or__(self, other: AddressSet) -> AddressSet:
        return AddressSet(intervals.union(self.ranges, other.ranges))

    def __and__(self, other: AddressSet) -> AddressSet:
        return AddressSet(intervals.intersect(self.ranges, other.ranges))

    def __sub__(self, other: AddressSet) -> AddressSet:
        return AddressSet(intervals.subtract(self.ranges, other.ranges))

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AddressSet) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(self.ranges)

    def __contains__(self, address: str) -> bool:
        number = address_number(address)
        return any(low <= number <= high for low, high in self.ranges)

    def __str__(self) -> str:
        """`10.0.0.0/8,192.168.1.7-192.168.1.9`: a CIDR where a range is one, else a span."""
        return ",".join(self._texts())

    def __repr__(self) -> str:
        return f"AddressSet({self})"

    def _texts(self) -> Iterator[str]:
        for low, high in self.ranges:
            first, last = _address(low), _address(high)
            size = high - low + 1
            if size == 1:
                yield str(first)
            elif size & (size - 1) == 0 and int(first) % size == 0:
                yield f"{first}/{first.max_prefixlen - size.bit_length() + 1}"
            else:
                yield f"{first}-{last}"


def _parsed(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not dash:
        return _span(text)
    low, high = address_number(first.strip()), address_number(last.strip())
    if low > high or (low < _V6) != (high < _V6):
        raise ValueError(f"{text} is no span of addresses")
    return low, high


def _address(number: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if number >= _V6:
        return ipaddress.IPv6Address(number - _V6)
    return ipaddress.IPv4Address(number)


EVERY_ADDRESS = AddressSet(((0, _V4_END), (_V6, _V6_END)))
EVERY_IPV4 = AddressSet(((0, _V4_END),))
# Private and shared ranges: the only ones that clusters give to pods.
PRIVATE_ADDRESSES = AddressSet.of_cidrs(
    ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
