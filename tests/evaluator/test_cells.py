"""Address cells: how blocks cut the address space, and what the cluster takes out of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from policies.evaluator.cells import AddressPlan, Block
from policies.evaluator.state import Node, Pod
from tests.support.states import node, pod

V6 = "::/0"
CUTS: tuple[tuple[tuple[Block, ...], tuple[str, ...]], ...] = (
    ((), ("0.0.0.0/0,::/0",)),
    ((("0.0.0.0/0", ()),), ("0.0.0.0/0", V6)),
    ((("0.0.0.0/0", ()), ("0.0.0.0/0", ())), ("0.0.0.0/0", V6)),
    ((("8.8.8.0/24", ()), ("8.8.8.8/32", ())), ("8.8.8.0/29,8.8.8.9-8.8.8.255", "8.8.8.8")),
    ((("8.8.8.0/24", ("8.8.8.128/25",)),), ("8.8.8.0/25",)),
    ((("fd00::/8", ()),), ("fd00::/8",)),
    ((("10.0.0.0/9", ()), ("11.0.0.0/8", ())), ("10.0.0.0/9", "11.0.0.0/8")),
)


def plan(blocks: tuple[Block, ...], *objects: Pod | Node) -> AddressPlan:
    return AddressPlan.build(
        blocks,
        [each for each in objects if isinstance(each, Pod)],
        [each for each in objects if isinstance(each, Node)],
    )


def texts(found: AddressPlan) -> list[str]:
    return [str(cell.addresses) for cell in found.cells]


@pytest.mark.law("A-68")
@pytest.mark.parametrize(("blocks", "named"), CUTS)
def test_addresses_are_in_one_cell_when_no_block_tells_them_apart(
    blocks: tuple[Block, ...], named: tuple[str, ...]
) -> None:
    found = plan(blocks)
    assert set(named) <= set(texts(found))
    spans = sorted(span for cell in found.cells for span in cell.addresses.ranges)
    assert all(high < low for (_, high), (low, _) in pairwise(spans))
    assert sum(high - low + 1 for low, high in spans) == (1 << 32) + (1 << 128)


@pytest.mark.law("A-68")
def test_pod_ranges_of_the_nodes_are_not_outside() -> None:
    found = plan((("10.0.0.0/8", ()),), node("n1", pod_cidrs=["10.0.0.0/16"]))
    assert "10.0.0.0/16" not in texts(found)
    assert not any("10.0.0.5" in cell.addresses for cell in found.cells)
    assert any("10.1.0.5" in cell.addresses for cell in found.cells)


def test_a_cell_that_only_pods_and_nodes_live_in_is_no_external_peer() -> None:
    blocks = (("10.0.0.4/31", ()), ("10.0.0.8/31", ()))
    found = plan(blocks, pod("x/a", ips=["10.0.0.4"]), node("n1", "10.0.0.5"), pod("x/b"))
    assert "10.0.0.4/31" not in texts(found)
    assert "10.0.0.8/31" in texts(found)


def test_the_signature_of_an_address_is_the_blocks_that_hold_it() -> None:
    found = plan((("10.0.0.0/8", ()), ("10.0.0.0/24", ()), ("::/0", ())))
    ten, near, six = (
        1 << found.blocks[block]
        for block in (("10.0.0.0/8", ()), ("10.0.0.0/24", ()), ("::/0", ()))
    )
    assert found.signature("10.0.0.1") == ten | near
    assert found.signature("10.9.9.9") == ten
    assert found.signature("fd00::1") == six
    assert found.signature("8.8.8.8") == 0


def test_without_blocks_every_address_is_alike() -> None:
    assert plan((), pod("x/a", ips=["10.0.0.1"])).signature("10.0.0.1") == 0


# A block of a whole family names nothing but its excepts.
RESTS: tuple[tuple[tuple[Block, ...], tuple[str, ...]], ...] = (
    ((), ("0.0.0.0/0,::/0",)),
    ((("0.0.0.0/0", ()),), ("0.0.0.0/0", "::/0")),
    ((("0.0.0.0/0", ()), ("::/0", ())), ("0.0.0.0/0", "::/0")),
    ((("0.0.0.0/0", ("10.0.0.0/8",)),), ("0.0.0.0-9.255.255.255,11.0.0.0-255.255.255.255", "::/0")),
    ((("8.0.0.0/8", ()),), ("0.0.0.0/5,9.0.0.0-255.255.255.255,::/0",)),
)


@pytest.mark.law("F-20")
@pytest.mark.parametrize(("blocks", "rest"), RESTS)
def test_the_internet_is_what_no_block_singles_out(
    blocks: tuple[Block, ...], rest: tuple[str, ...]
) -> None:
    assert tuple(str(cell.addresses) for cell in plan(blocks).cells if cell.is_rest) == rest
