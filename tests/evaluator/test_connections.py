"""Connection sets: their text, their families, and what belongs to all connections."""

from __future__ import annotations

import pytest

from policies.evaluator.connections import ALL, IPV4, IPV6, NONE, PROTOCOLS, ConnectionSet

TCP_80 = ConnectionSet.of("TCP", 80, 80)
WEB = ConnectionSet.union_of(
    (TCP_80, ConnectionSet.of("TCP", 8080, 8090), ConnectionSet.of("UDP", 53, 53))
)
TEXTS: tuple[tuple[ConnectionSet, str, object], ...] = (
    (ALL, "All Connections", "all"),
    (NONE, "No Connections", {}),
    (TCP_80, "TCP 80", {"TCP": [[80, 80]]}),
    (WEB, "TCP 80,8080-8090,UDP 53", {"TCP": [[80, 80], [8080, 8090]], "UDP": [[53, 53]]}),
    (ConnectionSet.of("SCTP"), "SCTP 1-65535", {"SCTP": [[1, 65535]]}),
)


@pytest.mark.parametrize(("connections", "text", "data"), TEXTS)
def test_a_set_has_one_text_and_one_json_form(
    connections: ConnectionSet, text: str, data: object
) -> None:
    assert str(connections) == text
    assert connections.to_json() == data


@pytest.mark.law("M-07")
def test_ports_1_to_65535_of_every_protocol_print_as_all() -> None:
    every_port = ConnectionSet.union_of(ConnectionSet.of(protocol) for protocol in PROTOCOLS)
    assert every_port.to_json() == "all"
    assert every_port.size == 3 * 65535


@pytest.mark.law("M-06", "A-95")
def test_icmp_belongs_to_all_connections_and_to_no_port_list() -> None:
    every_port = ConnectionSet.union_of(ConnectionSet.of(protocol) for protocol in PROTOCOLS)
    assert ALL.allows("ICMP", 0)
    assert ALL.other_protocols
    assert not every_port.allows("ICMP", 0)
    assert not every_port.other_protocols
    assert ALL.ported == every_port


def test_an_empty_range_of_ports_is_nothing() -> None:
    assert ConnectionSet.of("TCP", 81, 80) == NONE


def test_a_protocol_that_policies_do_not_speak_of_is_refused() -> None:
    with pytest.raises(ValueError, match="tuple"):
        ConnectionSet.of("ICMP")


def test_both_families_have_the_same_ports_until_a_block_tells_them_apart() -> None:
    assert WEB.over(IPV4) == WEB == WEB.over(IPV6)


@pytest.mark.law("A-70")
def test_what_is_open_over_one_family_is_not_open_over_the_other() -> None:
    only_4 = WEB & IPV4
    assert only_4.over(IPV4) == WEB
    assert only_4.over(IPV6) == NONE
    assert only_4.allows("TCP", 80)


def test_equal_sets_hash_alike_however_they_were_made() -> None:
    joined = ConnectionSet.of("TCP", 80, 81) | ConnectionSet.of("TCP", 82, 90)
    assert joined == ConnectionSet.of("TCP", 80, 90)
    assert len({joined, ConnectionSet.of("TCP", 80, 90)}) == 1


def test_a_subset_is_within_and_a_superset_is_not() -> None:
    assert TCP_80 <= WEB <= ALL
    assert not WEB <= TCP_80
