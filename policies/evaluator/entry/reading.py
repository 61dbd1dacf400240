"""From documents to Services and endpoints, each fault with its place."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from policies.evaluator import names
from policies.evaluator.documents import Document, Keys
from policies.evaluator.entry.objects import (
    EndpointGroup,
    EndpointPart,
    EndpointPort,
    EntryObject,
    Service,
    ServicePort,
)
from policies.evaluator.entry.readroutes import ROUTE_READERS, Place, Reading
from policies.evaluator.entry.schema import (
    EndpointSliceObject,
    EndpointsObject,
    ServiceObject,
)
from policies.evaluator.fields import Report, describe
from policies.evaluator.schema import convert

__all__ = ["CLUSTER_WIDE", "ENTRY_KINDS", "read_entry", "read_service"]

_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_OWNER_LABEL = "kubernetes.io/service-name"
Ports = Iterable[EndpointPort]


def read_service(document: Document, report: Report, place: Place) -> Service | None:
    """The Service, or None after reporting what is wrong with it."""
    body = convert(document.value, ServiceObject, report)
    where = body and place(body)
    if body is None or not where:
        return None
    spec = body.spec
    if spec is None:
        report.add(("spec",), "is missing: a Service without a spec leads nowhere")
        return None
    kind = spec.type or "ClusterIP"
    if kind not in _TYPES:
        words = f"must be one of {', '.join(_TYPES)}; found {describe(kind)}"
        report.add(("spec", "type"), words)
    ports = []
    for index, each in enumerate(spec.ports or ()):
        keys = ("spec", "ports", index)
        _check_port(report, (*keys, "port"), each.port)
        if isinstance(each.target_port, int):
            _check_port(report, (*keys, "targetPort"), each.target_port)
        protocol = each.protocol or "TCP"
        if protocol not in _PROTOCOLS:
            words = f"must be one of {', '.join(_PROTOCOLS)}; found {describe(protocol)}"
            report.add((*keys, "protocol"), words)
        target = each.target_port or ""
        ports.append(
            ServicePort(each.port, protocol, each.name or "", _number(target), each.node_port or 0)
        )
    for index, text in enumerate(spec.load_balancer_source_ranges or ()):
        if not _is_network(text.strip()):
            keys = ("spec", "loadBalancerSourceRanges", index)
            report.add(keys, f"must be a CIDR; found {describe(text)}")
    if report.failed:
        return None
    ips = spec.cluster_ips or ([spec.cluster_ip] if spec.cluster_ip else [])
    balancer = body.status.load_balancer if body.status else None
    return Service(
        namespace=where[0],
        name=where[1],
        type=kind,
        selector=_sorted(spec.selector or {}),
        labels=_sorted((body.metadata and body.metadata.labels) or {}),
        cluster_ips=tuple(each for each in dict.fromkeys(ips) if names.is_address(each)),
        ports=tuple(ports),
        origin=place.origin,
        headless="None" in ips,
        external_ips=tuple(each for each in spec.external_ips or () if names.is_address(each)),
        source_ranges=tuple(each.strip() for each in spec.load_balancer_source_ranges or ()),
        external_name=spec.external_name or "",
        local=spec.external_traffic_policy == "Local",
        node_ports=spec.allocate_load_balancer_node_ports is not False,
        balancers=tuple(
            each.ip or each.hostname or "" for each in (balancer and balancer.ingress) or ()
        ),
    )


def read_entry(kind: str, document: Document, report: Report, place: Place) -> EntryObject | None:
    """The object, or None after reporting what is wrong with it."""
    return ENTRY_KINDS[kind](Reading(kind, document, report, place))


def _read_slice(reading: Reading) -> EntryObject | None:
    body = convert(reading.document.value, EndpointSliceObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    labels = (body.metadata and body.metadata.labels) or {}
    addresses = [text for each in body.endpoints or () for text in each.addresses or ()]
    part = EndpointPart(_addresses(addresses), _ports(body.ports or ()))
    return EndpointGroup(
        namespace=where[0],
        name=where[1],
        origin=reading.place.origin,
        service=labels.get(_OWNER_LABEL, ""),
        parts=(part,),
    )


def _read_endpoints(reading: Reading) -> EntryObject | None:
    body = convert(reading.document.value, EndpointsObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    parts = []
    for subset in body.subsets or ():
        # F-32: whether a backend is ready changes from minute to minute.
        listed = [each.ip for each in (subset.addresses or []) + (subset.not_ready_addresses or [])]
        parts.append(EndpointPart(_addresses(listed), _ports(subset.ports or ())))
    return EndpointGroup(
        namespace=where[0],
        name=where[1],
        origin=reading.place.origin,
        service=where[1],
        of_kind="Endpoints",
        parts=tuple(parts),
    )


def _addresses(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(each for each in dict.fromkeys(texts) if names.is_address(each))


def _ports(ports: Iterable[Any]) -> tuple[EndpointPort, ...]:
    return tuple(
        EndpointPort(each.port, each.protocol or "TCP", each.name or "")
        for each in ports
        if each.port
    )


def _check_port(report: Report, keys: Keys, number: int) -> None:
    if not 1 <= number <= 65535:
        report.add(tuple(keys), f"must be a port from 1 to 65535; found {number}")


def _number(target: int | str) -> int | str:
    """A number in quotes is a number, too: IntOrString reads `"8080"` as a name, and no port has
    a name without a letter."""
    return int(target) if isinstance(target, str) and target.isdecimal() else target


def _sorted(labels: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(labels.items()))


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


ENTRY_KINDS: dict[str, Callable[[Reading], EntryObject | None]] = {
    "EndpointSlice": _read_slice,
    "Endpoints": _read_endpoints,
    **ROUTE_READERS,
}
"""What reads each kind, Services apart."""

CLUSTER_WIDE = frozenset({"IngressClass", "GatewayClass"})
"""Those that are in no namespace."""
