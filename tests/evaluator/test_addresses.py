"""Address sets: their text, their families, and their algebra."""

from __future__ import annotations

import re

import pytest

from policies.evaluator.addresses import EVERY_ADDRESS, AddressSet, address_number, ipv4_span

TEXTS = (
    (("10.0.0.0/8",), (), "10.0.0.0/8"),
    (("10.0.0.7/32",), (), "10.0.0.7"),
    (("10.0.0.0/25", "10.0.0.128/25"), (), "10.0.0.0/24"),
    (("10.0.0.0/24",), ("10.0.0.0/32",), "10.0.0.1-10.0.0.255"),
    (("10.0.0.0/24",), ("10.0.0.128/25",), "10.0.0.0/25"),
    (("::/0",), (), "::/0"),
    (("0.0.0.0/0", "2001:db8::/32"), (), "0.0.0.0/0,2001:db8::/32"),
)


@pytest.mark.parametrize(("cidrs", "excepts", "text"), TEXTS)
def test_ranges_that_are_a_cidr_are_written_as_one(
    cidrs: tuple[str, ...], excepts: tuple[str, ...], text: str
) -> None:
    assert str(AddressSet.of_cidrs(cidrs, excepts)) == text


@pytest.mark.law("A-65")
def test_host_bits_of_a_cidr_are_dropped() -> None:
    assert str(AddressSet.of_cidrs(("10.0.2.7/24",))) == "10.0.2.0/24"


@pytest.mark.law("A-63")
def test_all_of_one_family_holds_nothing_of_the_other() -> None:
    every_v4 = AddressSet.of_cidrs(("0.0.0.0/0",))
    assert "255.255.255.255" in every_v4
    assert "2001:db8::1" not in every_v4
    assert "0.0.0.1" not in AddressSet.of_cidrs(("::/0",))
    assert every_v4 | AddressSet.of_cidrs(("::/0",)) == EVERY_ADDRESS


@pytest.mark.law("A-61", "A-66")
def test_overlapping_excepts_take_away_their_union() -> None:
    found = AddressSet.of_cidrs(("10.0.0.0/24",), ("10.0.0.0/26", "10.0.0.32/27"))
    assert str(found) == "10.0.0.64-10.0.0.255"


def test_sets_of_addresses_follow_the_algebra_of_sets() -> None:
    wide, narrow = AddressSet.of_cidrs(("10.0.0.0/8",)), AddressSet.of_cidrs(("10.1.0.0/16",))
    assert wide & narrow == narrow
    assert wide | narrow == wide
    assert not narrow - wide
    assert (wide - narrow) | narrow == wide
    assert len({wide, wide | narrow}) == 1


def test_a_name_is_no_address() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        address_number("example.org")


def test_a_plain_block_of_ipv4_spans_its_first_to_its_last_address() -> None:
    assert ipv4_span("0.0.0.0/0") == (0, 2**32 - 1)
    assert ipv4_span("10.1.2.3/8") == (10 << 24, (11 << 24) - 1)
    assert ipv4_span("10.0.0.1/32") == ((10 << 24) + 1, (10 << 24) + 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1"),
        *("10.0.0.0/8/8", "10.0.0.0/8 ", "010.0.0.0/8", "10.0.0/8", "10.0.0.256/8"),
        *("10.0.0.0/255.0.0.0", "::/0", "::ffff:10.0.0.0/104", "10.0.0.0/\u0668"),
    ],
)
def test_what_is_not_plainly_a_block_of_ipv4_has_no_such_span(text: str) -> None:
    assert ipv4_span(text) is None


@pytest.mark.parametrize(
    "text", ["10.0.0.0/33", "010.0.0.0/8", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/"]
)
def test_what_is_no_cidr_is_no_set_of_addresses(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text.partition("/")[0])):
        AddressSet.of_cidrs((text,))


def test_a_length_may_be_written_as_a_mask_or_left_out() -> None:
    assert str(AddressSet.of_cidrs(("10.1.2.3/255.0.0.0", "8.8.8.8"))) == "8.8.8.8,10.0.0.0/8"
