"""Pod objects of an input: what the pods of one template share is read once and kept once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from policies.evaluator.schema import (
    Container,
    Metadata,
    OwnerReference,
    PodObject,
    PodSpec,
    Port,
)
from policies.evaluator.state import ContainerPort, Origin

__all__ = [
    "GivenPod",
    "PodShape",
    "controller",
    "declared_ports",
    "given_pod",
    "scrape",
    "shape_of",
]


class PodShape(msgspec.Struct, frozen=True):
    """Everything of a pod but its own name, place and addresses.

    `owner` is its controller; `scrape` is the port where Prometheus is told to collect metrics
    (`any` without one), empty where it is not.
    """

    namespace: str
    labels: dict[str, str]
    owner: OwnerReference | None
    ports: tuple[ContainerPort, ...]
    host_network: bool
    service_account: str
    init_containers: bool
    scrape: str


class GivenPod(msgspec.Struct, frozen=True, gc=False):
    """A Pod object of the input."""

    shape: PodShape
    name: str
    addresses: tuple[str, ...]
    node: str
    phase: str
    origin: Origin


def given_pod(namespace: str, name: str, body: PodObject, origin: Origin) -> GivenPod:
    """A live pod as it was given."""
    metadata, spec = body.metadata or Metadata(), body.spec or PodSpec()
    return GivenPod(
        shape=shape_of(namespace, metadata, spec),
        name=name,
        # the address of a pod that is being deleted may be given to another one.
        addresses=() if metadata.deletion_timestamp is not None else _addresses(body),
        node=spec.node_name or "",
        phase=(body.status and body.status.phase) or "",
        origin=origin,
    )


def shape_of(namespace: str, metadata: Metadata, spec: PodSpec) -> PodShape:
    """What a live pod or a template says of all its pods."""
    return PodShape(
        namespace=namespace,
        labels=dict(sorted((metadata.labels or {}).items())),
        owner=controller(metadata.owner_references),
        ports=declared_ports(spec),
        host_network=bool(spec.host_network),
        service_account=spec.service_account_name or spec.service_account or "default",
        init_containers=bool(spec.init_containers),
        scrape=scrape(metadata.annotations),
    )


def controller(owners: Iterable[OwnerReference] | None) -> OwnerReference | None:
    """The owner that manages an object."""
    for each in owners or ():
        if each.controller:
            return each
    return None


def _addresses(body: PodObject) -> tuple[str, ...]:
    status = body.status
    if status is None:
        return ()
    listed = [each.ip for each in status.pod_ips or () if each.ip]
    if not listed and status.pod_ip:
        listed = [status.pod_ip]
    return tuple(dict.fromkeys(listed))


def scrape(annotations: Any) -> str:
    """See `PodShape.scrape`."""
    given = annotations if isinstance(annotations, dict) else {}
    if given.get("prometheus.io/scrape") != "true":
        return ""
    return str(given.get("prometheus.io/port") or "any")


def declared_ports(spec: PodSpec) -> tuple[ContainerPort, ...]:
    """A-85, A-86: of every container, and of init containers that keep running."""
    found = {
        ContainerPort(
            port.name or "", port.protocol or "TCP", port.container_port, _host_port(port, spec)
        )
        for container in _containers(spec)
        for port in container.ports or ()
    }
    return tuple(sorted(found))


def _host_port(port: Port, spec: PodSpec) -> int:
    """N-01: on the host network each declared port is one of the node."""
    return port.host_port or (port.container_port if spec.host_network else 0)


def _containers(spec: PodSpec) -> Iterator[Container]:
    yield from spec.containers or ()
    yield from (each for each in spec.init_containers or () if each.restart_policy == "Always")
