"""NetworkPolicy `networking.k8s.io/v1` (semantics section A)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
_FLAGS = tuple((direction.flag, direction) for direction in Direction)
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
        return _Translator()(policy)

    def translator(self) -> Callable[[PolicyObject], Policy]:
        """`translate` for the many policies of a state, which must be kept as long as this."""
        return _Translator()


class _Translator:
    """Translates what policies share once: whole specs, rules and lists in them, known by the
    identity of their objects (see `policyspecs` and `_parts`). Only a subject names a namespace,
    and a peer its own place in the spec."""

    def __init__(self) -> None:
        self._specs: dict[int, tuple[Selector, frozenset[Direction], tuple[Rule, ...]]] = {}
        self._selectors: dict[int, Selector] = {}
        self._rules: dict[tuple[Direction, int, int, int], Rule] = {}
        self._peers: dict[tuple[Direction, int, int], tuple[PeerClause, ...]] = {}
        self._ports: dict[int, tuple[PortClause, ...]] = {}

    def __call__(self, policy: PolicyObject) -> Policy:
        spec = policy.spec
        said = self._specs.get(id(spec))
        if said is None:
            pods = self._selector(spec.get("podSelector"))
            types = _policy_types(spec)
            rules: list[Rule] = []
            for direction in types:
                given = spec.get(_RULE_FIELDS[direction][0])
                if given:
                    rules += (
                        self._rule(direction, index, rule or {}) for index, rule in enumerate(given)
                    )
            said = self._specs[id(spec)] = (pods, frozenset(types), tuple(rules))
        pods, isolates, found = said
        subject = Subject(policy.namespace, EVERYTHING, pods)
        return Policy(Tier.NETWORKPOLICY, 0, subject, isolates, found)

    def _selector(self, given: Mapping[str, Any] | None) -> Selector:
        found = self._selectors.get(id(given))
        if found is None:
            found = self._selectors[id(given)] = Selector.from_spec(given)
        return found

    def _rule(self, direction: Direction, index: int, rule: Mapping[str, Any]) -> Rule:
        field, peers_field = _RULE_FIELDS[direction]
        peers, ports = rule.get(peers_field), rule.get("ports")
        key = (direction, index, id(peers), id(ports))
        found = self._rules.get(key)
        if found is None:
            path = f"{field}[{index}]"
            # an absent or empty list is every peer, every port.
            found = self._rules[key] = Rule(
                direction,
                Action.ALLOW,
                path,
                self._peers_of(direction, index, peers) if peers else None,
                self._ports_of(ports) if ports else None,
            )
        return found

    def _peers_of(
        self, direction: Direction, index: int, peers: Sequence[Mapping[str, Any]]
    ) -> tuple[PeerClause, ...]:
        found = self._peers.get((direction, index, id(peers)))
        if found is None:
            path = "{0}[{2}].{1}".format(*_RULE_FIELDS[direction], index)
            found = self._peers[direction, index, id(peers)] = tuple(
                [_translate_peer(f"{path}[{i}]", peer) for i, peer in enumerate(peers)]
            )
        return found

    def _ports_of(self, ports: Sequence[Mapping[str, Any]]) -> tuple[PortClause, ...]:
        found = self._ports.get(id(ports))
        if found is None:
            found = self._ports[id(ports)] = tuple([_translate_port(each) for each in ports])
        return found


def _policy_types(spec: Mapping[str, Any]) -> tuple[Direction, ...]:
    """A-10…A-18: absent or empty types mean Ingress, and Egress when an egress rule is given."""
    types = spec.get("policyTypes")
    if types:
        return tuple([direction for flag, direction in _FLAGS if flag in types])
    return _DIRECTIONS if spec.get("egress") else (Direction.INGRESS,)


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
