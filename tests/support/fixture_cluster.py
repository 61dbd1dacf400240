"""The cluster of semantics 0.1 as manifests, and questions put to it in the law's own notation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from policies.evaluator.engine import evaluate
from policies.evaluator.explain import explain
from policies.evaluator.manifest import SourceText
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState, Pod
from tests.oracle.reference import Endpoint, Flags, Reference
from tests.support.flow_tables import profile_of

__all__ = [
    "E1",
    "E2",
    "N1",
    "N2",
    "Manifest",
    "allowed",
    "cluster",
    "expect",
    "fixture_objects",
    "namespace",
    "node",
    "pod",
    "policy",
    "read",
    "reference_allows",
]

Manifest = dict[str, Any]

E1, E2 = "8.8.8.8", "203.0.113.7"
N1, N2 = "192.168.0.1", "192.168.0.2"
_SUBNETS = {"x": 1, "y": 2, "z": 3}
_NODE_OF = {"x": "n1", "y": "n2", "z": "n2"}
_SERVED = [
    {"name": f"serve-{number}-{protocol.lower()}", "containerPort": number, "protocol": protocol}
    for protocol in ("TCP", "UDP", "SCTP")
    for number in (80, 81)
]


def namespace(name: str, labels: Mapping[str, str] | None = None) -> Manifest:
    """A Namespace; its labels are `ns=<name>` unless given."""
    metadata = {"name": name, "labels": {"ns": name} if labels is None else dict(labels)}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def node(name: str, address: str, **labels: str) -> Manifest:
    """A Node with one internal address."""
    status = {"addresses": [{"type": "InternalIP", "address": address}]}
    metadata: Manifest = {"name": name, **({"labels": labels} if labels else {})}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": status}


def pod(
    place: str,
    *,
    labels: Mapping[str, str] | None = None,
    ips: Sequence[str] = (),
    ports: Sequence[Mapping[str, Any]] = (),
    on: str = "",
    phase: str = "Running",
    **spec: Any,
) -> Manifest:
    """The Pod `namespace/name`, labelled `pod=<name>` unless labels are given."""
    where, _, name = place.partition("/")
    container = {"name": "serve", "image": "agnhost", "ports": [dict(port) for port in ports]}
    status: Manifest = {"phase": phase}
    if ips:
        status |= {"podIP": ips[0], "podIPs": [{"ip": address} for address in ips]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": where,
            "name": name,
            "labels": {"pod": name} if labels is None else dict(labels),
        },
        "spec": {"containers": [container], **({"nodeName": on} if on else {}), **spec},
        "status": status,
    }


def policy(spec: str | Mapping[str, Any], name: str = "policy", where: str = "x") -> Manifest:
    """A NetworkPolicy; a text is the YAML of its spec, on `pod=a` unless it says so."""
    if isinstance(spec, str):
        body: Manifest = {"podSelector": {"matchLabels": {"pod": "a"}}, **yaml.safe_load(spec)}
    else:
        body = dict(spec)
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"namespace": where, "name": name},
        "spec": body,
    }


def fixture_objects() -> list[Manifest]:
    """Namespaces x, y, z with pods a, b, c each; nodes n1 (runs x) and n2."""
    objects = [node("n1", N1), node("n2", N2)]
    for where, subnet in _SUBNETS.items():
        objects.append(namespace(where))
        for index, name in enumerate("abc", start=1):
            address = f"10.0.{subnet}.{index}"
            objects.append(pod(f"{where}/{name}", ips=[address], ports=_SERVED, on=_NODE_OF[where]))
    return objects


def read(objects: Iterable[Manifest]) -> ClusterState:
    """The state of these objects, read as one JSON List."""
    listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    return read_state([SourceText("cluster.json", json.dumps(listed).encode())])


def cluster(*extra: Manifest | str) -> ClusterState:
    """The fixture with further objects; one of the same kind and name replaces the fixture's.

    A text is the spec of a policy in x on pod a, numbered from p1.
    """
    objects = {_key(each): each for each in fixture_objects()}
    for index, given in enumerate(extra, start=1):
        manifest = policy(given, f"p{index}") if isinstance(given, str) else given
        objects[_key(manifest)] = manifest
    return read(objects.values())


def _key(manifest: Manifest) -> tuple[str, str, str]:
    metadata = manifest["metadata"]
    return (manifest["kind"], metadata.get("namespace", ""), metadata["name"])


def allowed(
    state: ClusterState,
    source: str,
    destination: str,
    protocol: str = "TCP",
    port: int = 80,
    flags: Flags = Flags(),
) -> bool:
    """The engine's answer for one connection, which must be a plain allow or deny."""
    evaluation = evaluate(state, profile_of(flags))
    verdict = explain(evaluation, source, destination, f"{port}/{protocol}").verdict
    assert verdict in ("allow", "deny"), verdict
    return verdict == "allow"


def reference_allows(
    state: ClusterState,
    source: str,
    destination: str,
    protocol: str = "TCP",
    port: int = 80,
    flags: Flags = Flags(),
) -> bool:
    """The reference evaluator's answer to the same question."""
    reference = Reference(state, flags)
    return reference.allowed(
        _endpoint(state, source), _endpoint(state, destination), protocol, port
    )


def _endpoint(state: ClusterState, text: str) -> Endpoint:
    """A pod by `namespace/name` or by its address (never a host-network pod's), or an address."""
    for each in state.pods:
        if text == f"{each.namespace}/{each.name}" or _is_at(each, text):
            return each
    assert "/" not in text, f"no pod {text}"
    return text


def _is_at(candidate: Pod, address: str) -> bool:
    return not candidate.host_network and address in candidate.addresses


def expect(
    state: ClusterState,
    *,
    allow: Sequence[str] = (),
    deny: Sequence[str] = (),
    flags: Flags = Flags(),
) -> None:
    """Check connections such as `x/b -> x/a` (TCP 80) or `x/a -> 8.8.8.8 UDP 53`.

    Engine and reference must both say what the law says.
    """
    wrong = []
    for wanted, lines in ((True, allow), (False, deny)):
        for line in lines:
            source, destination, protocol, port = _parse(line)
            question = (source, destination, protocol, port, flags)
            for name, answer in (("engine", allowed), ("reference", reference_allows)):
                if answer(state, *question) is not wanted:
                    wrong.append(f"{line}: the {name} says {'deny' if wanted else 'allow'}")
    assert not wrong, "\n".join(wrong)


def _parse(line: str) -> tuple[str, str, str, int]:
    source, _, rest = line.partition(" -> ")
    words = rest.split()
    protocol, port = (words[1], int(words[2])) if len(words) == 3 else ("TCP", 80)
    return source, words[0], protocol, port
