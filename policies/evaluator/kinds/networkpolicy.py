"""NetworkPolicy `networking.k8s.io/v1` (semantics section A)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from policies.evaluator.kinds._networkpolicy import read_spec, validate_networkpolicy
from policies.evaluator.kinds._parts import NotPlain, Parts
from policies.evaluator.labels import EVERYTHING, Selector
from policies.evaluator.policy import (
    Action,
    Direction,
    PeerClause,
    Policy,
    PortClause,
    Rule,
    Subject,
    Tier,
)

if TYPE_CHECKING:
    from policies.evaluator.fields import Cursor
    from policies.evaluator.state import PolicyObject

__all__ = ["KIND", "NetworkPolicyKind"]

_DIRECTIONS = tuple(Direction)
_RULE_FIELDS = {
    Direction.INGRESS: ("ingress", "from"),
    Direction.EGRESS: ("egress", "to"),
}


class NetworkPolicyKind:
    """Isolates the pods it selects, per direction, and opens what its rules name."""

    # extensions/v1beta1 has the same shape.
    api_versions = ("networking.k8s.io/v1", "extensions/v1beta1")
    kind = "NetworkPolicy"
    plural = "networkpolicies"
    namespaced = True
    tier = Tier.NETWORKPOLICY
    switch = ""

    def validate(self, cursor: Cursor) -> None:
        """A-V01…A-V12 and unknown fields (L-65)."""
        validate_networkpolicy(cursor)

    def assembled(self, api_version: str, spec: bytes, parts: Parts) -> dict[str, Any]:
        """The spec in which `validate` would find nothing to report. Raises NotPlain."""
        if api_version != self.api_versions[0]:
            raise NotPlain
        found: dict[str, Any] = read_spec(spec, parts)
        return found

    def translate(self, policy: PolicyObject) -> Policy:
        """Isolation for each active type, and one allow rule per entry of an active direction."""
        spec = policy.spec
        types = _policy_types(spec)
        rules = tuple(
            _translate_rule(direction, index, rule or {})
            for direction in types
            for index, rule in enumerate(spec.get(_RULE_FIELDS[direction][0]) or ())
        )
        return Policy(
            tier=self.tier,
            priority=0,
            subject=Subject(
                namespace=policy.namespace,
                pods=Selector.from_spec(spec.get("podSelector")),
            ),
            isolates=frozenset(types),
            rules=rules,
        )

    def moved(self, policy: Policy, namespace: str) -> Policy:
        """The same spec in another namespace: only its subject names one."""
        return replace(policy, subject=replace(policy.subject, namespace=namespace))


def _policy_types(spec: Mapping[str, Any]) -> tuple[Direction, ...]:
    """A-10…A-18: absent or empty types mean Ingress, and Egress when an egress rule is given."""
    types = spec.get("policyTypes")
    if types:
        return tuple(direction for direction in _DIRECTIONS if direction.flag in types)
    return _DIRECTIONS if spec.get("egress") else (Direction.INGRESS,)


def _translate_rule(direction: Direction, index: int, rule: Mapping[str, Any]) -> Rule:
    field, peers_field = _RULE_FIELDS[direction]
    path = f"{field}[{index}]"
    peers = rule.get(peers_field)
    ports = rule.get("ports")
    return Rule(
        direction=direction,
        action=Action.ALLOW,
        path=path,
        # an absent or empty list is every peer, every port.
        peers=tuple(
            _translate_peer(f"{path}.{peers_field}[{i}]", peer) for i, peer in enumerate(peers)
        )
        if peers
        else None,
        ports=tuple(_translate_port(port) for port in ports) if ports else None,
    )


def _translate_peer(path: str, peer: Mapping[str, Any]) -> PeerClause:
    block = peer.get("ipBlock")
    if block is not None:
        return PeerClause(path, cidr=block["cidr"], excepts=tuple(block.get("except") or ()))
    namespaces = peer.get("namespaceSelector")
    pods = peer.get("podSelector")
    return PeerClause(
        path,
        namespaces=None if namespaces is None else Selector.from_spec(namespaces),
        pods=EVERYTHING if pods is None else Selector.from_spec(pods),
    )


def _translate_port(entry: Mapping[str, Any]) -> PortClause:
    """A-75…A-78: TCP unless said otherwise; `endPort` closes a range; no port is all of them."""
    protocol = entry.get("protocol") or "TCP"
    port = entry.get("port")
    if port is None:
        return PortClause(protocol)
    if isinstance(port, str):
        return PortClause(protocol, name=port)
    last = entry.get("endPort")
    return PortClause(protocol, port, last or port, endport=last is not None)


KIND = NetworkPolicyKind()
