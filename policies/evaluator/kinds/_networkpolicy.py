"""What the API server rejects in a NetworkPolicy (semantics A.9), said with path and line."""

from __future__ import annotations

from typing import Any

from policies.evaluator import names
from policies.evaluator.addresses import ipv4_span
from policies.evaluator.checks import check_metadata, check_selector, one_of
from policies.evaluator.fields import Cursor, describe
from policies.evaluator.kinds._fields import check_protocol, network, port_number
from policies.evaluator.kinds._parts import checked, entries, mapping

__all__ = ["read_spec", "validate_networkpolicy"]

_DROPPED_IN_RULE = (
    "The API server would drop it; without {peers} and ports the rule then allows"
    " every peer on every port."
)
_TYPES_MAX = 2


def validate_networkpolicy(cursor: Cursor) -> None:
    """Report every fault; A-V11 lists what is odd and no fault."""
    cursor.mapping("apiVersion", "kind", "metadata", "spec", "status")
    check_metadata(cursor.child("metadata"))
    if cursor.child("apiVersion").value == "extensions/v1beta1":
        cursor.child("apiVersion").problem(
            "extensions/v1beta1 is no longer served (L-64): use networking.k8s.io/v1. The policy is"
            " evaluated all the same",
            "warning",
        )
    spec = cursor.child("spec")
    if not spec.mapping("podSelector", "policyTypes", "ingress", "egress"):
        if not spec.present:
            spec.problem(
                "is missing: without a spec the policy selects every pod of its namespace and"
                " denies all ingress",
                "warning",
            )
        return
    check_selector(spec.child("podSelector"))
    _check_types(spec.child("policyTypes"))
    for rule in spec.child("ingress").items():
        _check_rule(rule, "from")
    for rule in spec.child("egress").items():
        _check_rule(rule, "to")


def _check_types(types: Cursor) -> None:
    """A-V03."""
    given = list(types.items())
    for entry in given:
        one_of(entry, ("Ingress", "Egress"), required=True)
    if len(given) > _TYPES_MAX:
        types.problem(f"must have at most {_TYPES_MAX} entries; found {len(given)}")


def _check_rule(rule: Cursor, peers: str) -> None:
    if not rule.present:
        rule.problem(
            "this rule is empty (null) and so allows every peer on every port (L-09);"
            " write {} if that is meant",
            "warning",
        )
        return
    if rule.mapping(peers, "ports", consequence=_DROPPED_IN_RULE.format(peers=peers)):
        _check_peers(rule.child(peers))
        _check_ports(rule.child("ports"))


def _check_peers(peers: Cursor) -> None:
    for peer in peers.items():
        _check_peer(peer)


def _check_ports(ports: Cursor) -> None:
    for port in ports.items():
        _check_port(port)


def _check_peer(peer: Cursor) -> None:
    """A-V04, A-V05."""
    fields = ("podSelector", "namespaceSelector", "ipBlock")
    if not peer.mapping(*fields):
        if not peer.present:
            peer.problem(f"must set one of {', '.join(fields)}; found nothing (null)")
        return
    given = [name for name in fields if peer.child(name).present]
    if not given:
        peer.problem(f"must set one of {', '.join(fields)}; found {_found_instead(peer, fields)}")
    if "ipBlock" in given and len(given) > 1:
        peer.child("ipBlock").problem(
            f"must stand alone; found {' and '.join(given[:-1])} in the same entry"
        )
    check_selector(peer.child("podSelector"))
    check_selector(peer.child("namespaceSelector"))
    _check_block(peer.child("ipBlock"))


def _found_instead(peer: Cursor, fields: tuple[str, ...]) -> str:
    null = next((name for name in fields if name in peer.value), None)
    if null is None:
        return "none of them"
    hint = "" if null == "ipBlock" else f" (write `{null}: {{}}` to select all)"
    return f"{null} without a value (null){hint}"


def _check_block(block: Cursor) -> None:
    """A-V06, A-V07."""
    if not block.mapping(
        "cidr", "except", consequence="The API server would drop it, and the block would be wider."
    ):
        return
    if _is_plain(block.value.get("cidr"), block.value.get("except")):
        return
    outer = network(block.child("cidr"))
    for entry in block.child("except").items():
        inner = network(entry)
        if outer is None or inner is None:
            continue
        inside = (
            inner.version == outer.version
            and inner.prefixlen > outer.prefixlen
            and inner.network_address in outer
        )
        if not inside:
            entry.problem(
                f"must lie inside {block.value['cidr']} with a longer prefix;"
                f" found {describe(entry.value)}"
            )


def _is_plain(cidr: Any, excepts: Any) -> bool:
    """Whether a block of IPv4 addresses is right; others may be, too."""
    outer = ipv4_span(cidr) if isinstance(cidr, str) else None
    if outer is None or not isinstance(excepts, list | None):
        return False
    for each in excepts or ():
        inner = ipv4_span(each) if isinstance(each, str) else None
        if inner is None or inner == outer or inner[0] < outer[0] or inner[1] > outer[1]:
            return False
    return True


def _check_port(entry: Cursor) -> None:
    """A-V08, A-V09, A-V10."""
    if not entry.mapping("protocol", "port", "endPort"):
        if not entry.present:
            entry.problem("must be a mapping such as {port: 80}; found nothing (null)")
        return
    check_protocol(entry.child("protocol"))
    port, end = entry.child("port"), entry.child("endPort")
    value = port.value
    if isinstance(value, str):
        if fault := names.port_name_fault(value):
            hint = " (write the number without quotes)" if value.isdecimal() else ""
            port.problem(f"{fault}; found {describe(value)}{hint}")
    elif port.present:
        port_number(port, "a port number or a port name")
    if not end.present:
        return
    last = port_number(end, "a port number")
    if not isinstance(value, int):
        what = "is missing" if value is None else f"is the name {describe(value)}"
        end.problem(f"needs a numeric port; port {what}")
    elif last is not None and last < value:
        end.problem(f"must not be less than port {value}; found {last}")


def _is_peer(peer: dict[str, Any]) -> bool:
    """Whether fields that are right make a peer that is."""
    given = [name for name, value in peer.items() if value is not None]
    return given == ["ipBlock"] if "ipBlock" in given else bool(given)


_SELECTOR = checked(check_selector)
_PORTS = checked(_check_ports)
_PEERS = entries(
    {
        "podSelector": _SELECTOR,
        "namespaceSelector": _SELECTOR,
        "ipBlock": checked(_check_block),
    },
    _is_peer,
)
# Reads what `validate_networkpolicy` would find nothing to report of.
read_spec = mapping(
    {
        "podSelector": _SELECTOR,
        "policyTypes": checked(_check_types),
        "ingress": entries({"from": _PEERS, "ports": _PORTS}),
        "egress": entries({"to": _PEERS, "ports": _PORTS}),
    }
)
