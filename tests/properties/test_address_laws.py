"""The algebra of address sets, against the ipaddress module on a small domain."""

from __future__ import annotations

import ipaddress
import json

from hypothesis import given
from hypothesis import strategies as st

from policies.evaluator.addresses import EVERY_ADDRESS, AddressSet
from policies.evaluator.documents import SourceText
from policies.evaluator.read import read_state

# Two small networks, and the ends of both families.
DOMAIN = (
    *(f"10.0.0.{last}" for last in range(16)),
    *(f"fd00::{last:x}" for last in range(16)),
    "0.0.0.0",
    "255.255.255.255",
    "::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
)


@st.composite
def cidrs(draw: st.DrawFn) -> str:
    """A block of the domain, host bits left in as often as not."""
    address = ipaddress.ip_address(draw(st.sampled_from(DOMAIN)))
    length = address.max_prefixlen - draw(
        st.sampled_from([0, 1, 2, 3, 4, 8, address.max_prefixlen])
    )
    return f"{address}/{length}"


@st.composite
def pairs(draw: st.DrawFn) -> tuple[AddressSet, frozenset[str]]:
    """The same set twice: as an AddressSet, and as the addresses of DOMAIN that are in it."""
    included = draw(st.lists(cidrs(), max_size=3))
    excluded = draw(st.lists(cidrs(), max_size=2))
    return AddressSet.of_cidrs(included, excluded), frozenset(
        address
        for address in DOMAIN
        if any(_inside(address, cidr) for cidr in included)
        and not any(_inside(address, cidr) for cidr in excluded)
    )


def _inside(address: str, cidr: str) -> bool:
    network = ipaddress.ip_network(cidr, strict=False)
    number = ipaddress.ip_address(address)
    return number.version == network.version and number in network


def members(addresses: AddressSet) -> frozenset[str]:
    return frozenset(address for address in DOMAIN if address in addresses)


@given(pairs())
def test_a_set_holds_exactly_its_addresses(pair: tuple[AddressSet, frozenset[str]]) -> None:
    assert members(pair[0]) == pair[1]


@given(pairs(), pairs())
def test_union_intersection_and_difference_are_those_of_addresses(
    left: tuple[AddressSet, frozenset[str]], right: tuple[AddressSet, frozenset[str]]
) -> None:
    assert members(left[0] | right[0]) == left[1] | right[1]
    assert members(left[0] & right[0]) == left[1] & right[1]
    assert members(left[0] - right[0]) == left[1] - right[1]


@given(pairs(), pairs())
def test_a_set_is_its_parts_put_together(
    left: tuple[AddressSet, frozenset[str]], right: tuple[AddressSet, frozenset[str]]
) -> None:
    inside, outside = left[0] & right[0], left[0] - right[0]
    assert inside | outside == left[0]
    assert not inside & outside
    assert (EVERY_ADDRESS - left[0]) | left[0] == EVERY_ADDRESS


@given(pairs())
def test_idempotence_and_identities(pair: tuple[AddressSet, frozenset[str]]) -> None:
    addresses = pair[0]
    assert addresses | addresses == addresses == addresses & addresses
    assert addresses | AddressSet() == addresses == addresses & EVERY_ADDRESS
    assert not addresses - addresses
    assert hash(EVERY_ADDRESS - (EVERY_ADDRESS - addresses)) == hash(addresses)


@given(cidrs())
def test_a_block_prints_as_itself_without_host_bits(cidr: str) -> None:
    network = ipaddress.ip_network(cidr, strict=False)
    alone = str(network.network_address) if network.num_addresses == 1 else str(network)
    assert str(AddressSet.of_cidrs([cidr])) == alone


@given(cidrs(), cidrs())
def test_an_exception_is_right_where_it_is_a_smaller_block_inside(cidr: str, other: str) -> None:
    outer, inner = (ipaddress.ip_network(each, strict=False) for each in (cidr, other))
    smaller = inner.version == outer.version and inner.prefixlen > outer.prefixlen
    inside = smaller and inner.network_address in outer
    block = {"cidr": cidr, "except": [other]}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "a"},
        "spec": {"podSelector": {}, "egress": [{"to": [{"ipBlock": block}]}]},
    }
    state = read_state([SourceText("a.json", json.dumps(policy).encode())])
    assert bool(state.policies) is inside
    assert ["must lie inside" in each.message for each in state.problems] == [True] * (not inside)
