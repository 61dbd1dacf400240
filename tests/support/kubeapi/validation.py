"""What an API server refuses in a NetworkPolicy: a part of its rules, in its words and order."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.support.kubeapi.kinds import Kind
from tests.support.kubeapi.statuses import Refused, status_of

__all__ = ["causes_of", "check_fields", "invalid"]

Json = dict[str, Any]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PORT = "must be between 1 and 65535, inclusive"
_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_WITHIN = "must be a strict subset of `cidr`"
_LETTERS = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
_RANGE = "must be greater than or equal to `port`"
_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_NAMED = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
    " '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used"
    f" for validation is '{_NAME}')"
)

_PEER: Json = {"podSelector": {}, "namespaceSelector": {}, "ipBlock": {}}
_PORTS = {"protocol": "", "port": "", "endPort": ""}
# The fields of the type. Selectors are taken as they are.
_SPEC = {
    "podSelector": {},
    "ingress": [{"from": [_PEER], "ports": [_PORTS]}],
    "egress": [{"to": [_PEER], "ports": [_PORTS]}],
    "policyTypes": [""],
}
_FIELDS: Json = {"apiVersion": "", "kind": "", "metadata": {}, "spec": _SPEC}


def check_fields(kind: Kind, manifest: Json) -> None:
    """Whether every field is one of the type. Raises Refused (500, which is what servers send)."""
    fault = next(_misplaced(manifest, _FIELDS, ""), None)
    if fault is not None:
        metadata = manifest["metadata"]
        of = f"{metadata.get('namespace', '')}/{metadata['name']}"
        raise status_of(
            500,
            "",
            f"failed to create typed patch object ({of}; {kind.api_version}, Kind={kind.kind}):"
            f" {fault}",
        )


def _misplaced(value: Any, fields: Any, path: str) -> Iterator[str]:
    if isinstance(fields, dict):
        if not isinstance(value, dict):
            yield f"{path}: expected map, got &{{{value}}}"
            return
        for key, each in value.items():
            if key in fields:
                yield from _misplaced(each, fields[key], f"{path}.{key}")
            elif fields:
                yield f"{path}.{key}: field not declared in schema"
    elif isinstance(fields, list):
        if not isinstance(value, list):
            yield f"{path}: expected list, got &{{{value}}}"
            return
        for at, each in enumerate(value):
            yield from _misplaced(each, fields[0], f"{path}[{at}]")


def causes_of(made: Json) -> list[Json]:
    """What is wrong with the values of a policy."""
    name, spec = made["metadata"]["name"], made["spec"]
    found: list[Json] = []
    if not re.fullmatch(_NAME, name):
        found.append(_cause("metadata.name", name, _NAMED))
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for at, rule in enumerate(spec.get(way) or ()):
            path = f"spec.{way}[{at}]"
            for number, port in enumerate(rule.get("ports") or ()):
                found += _port_causes(f"{path}.ports[{number}]", port)
            for number, peer in enumerate(rule.get(peers) or ()):
                found += _peer_causes(f"{path}.{peers}[{number}]", peer)
    for at, each in enumerate(spec.get("policyTypes") or ()):
        if each not in ("Ingress", "Egress"):
            found.append(_unsupported(f"spec.policyTypes[{at}]", each, '"Ingress", "Egress"'))
    return found


def _port_causes(path: str, rule: Json) -> Iterator[Json]:
    if rule.get("protocol", "TCP") not in ("TCP", "UDP", "SCTP"):
        yield _unsupported(f"{path}.protocol", rule["protocol"], '"TCP", "UDP", "SCTP"')
    port, end = rule.get("port"), rule.get("endPort")
    if isinstance(port, int) and not 1 <= port <= 65535:
        yield _cause(f"{path}.port", port, _PORT)
    if isinstance(port, str) and not re.fullmatch("[-a-z0-9]*", port):
        yield _cause(f"{path}.port", port, _LETTERS)
    if end is None:
        return
    if port is None:
        yield _cause(f"{path}.endPort", end, "may not be specified when `port` is not specified")
    elif isinstance(port, str):
        yield _cause(f"{path}.endPort", end, "may not be specified when `port` is non-numeric")
    elif isinstance(port, int) and end < port:
        yield _cause(f"{path}.endPort", end, _RANGE)


def _peer_causes(path: str, peer: Json) -> Iterator[Json]:
    if not peer:
        yield _said("Required", path, "Required value: must specify a peer")
    block = peer.get("ipBlock")
    if block is None:
        return
    if len(peer) > 1:
        yield _said("Forbidden", path, "Forbidden: may not specify both ipBlock and another peer")
    found = _network(block.get("cidr", ""))
    if isinstance(found, str):
        yield _cause(f"{path}.ipBlock.cidr", block.get("cidr", ""), found)
        return
    for at, each in enumerate(block.get("except") or ()):
        inner = _network(each)
        if isinstance(inner, str):
            yield _cause(f"{path}.ipBlock.except[{at}]", each, inner)
        elif not _strictly_within(inner, found):
            yield _cause(f"{path}.ipBlock.except[{at}]", each, _WITHIN)


def _network(text: str) -> Network | str:
    """A block of addresses, or what is wrong with it."""
    try:
        # An address alone is no block.
        found = ipaddress.ip_network(text if "/" in text else "", strict=False)
    except ValueError:
        return _CIDR
    exact = found.network_address == ipaddress.ip_address(text.partition("/")[0])
    return found if exact else "must not have bits set beyond the prefix length"


def _strictly_within(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and inner.prefixlen > outer.prefixlen
        and inner.network_address in outer
    )


def _cause(field: str, value: object, why: str) -> Json:
    return _said("Invalid", field, f"Invalid value: {json.dumps(value)}: {why}")


def _unsupported(field: str, value: object, supported: str) -> Json:
    said = f"Unsupported value: {json.dumps(value)}: supported values: {supported}"
    return _said("NotSupported", field, said)


def _said(reason: str, field: str, message: str) -> Json:
    return {"reason": f"FieldValue{reason}", "message": message, "field": field}


def invalid(kind: str, group: str, name: str, causes: list[Json]) -> Refused:
    """The refusal that names every cause."""
    said = [f"{each['field']}: {each['message']}" for each in causes]
    text = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    details = {"name": name, "group": group, "kind": kind, "causes": causes}
    return status_of(
        422,
        "Invalid",
        f'{kind}.{group} "{name}" is invalid: {text}',
        {key: value for key, value in details.items() if value},
    )
