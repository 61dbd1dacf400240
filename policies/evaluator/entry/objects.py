"""The objects that lead connections to pods: Services, Ingresses, Gateways, Routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

import msgspec

from policies.evaluator.labels import EVERYTHING, Selector
from policies.evaluator.origin import Origin

__all__ = [
    "EndpointGroup",
    "EndpointPart",
    "EndpointPort",
    "EntryObject",
    "EntryObjects",
    "Gateway",
    "GatewayClass",
    "GatewayRoute",
    "Grant",
    "Ingress",
    "IngressClass",
    "IngressPath",
    "Listener",
    "OpenShiftRoute",
    "ParentRef",
    "RouteBackend",
    "Service",
    "ServicePort",
]


class ServicePort(msgspec.Struct, frozen=True):
    """One port of a Service; `target` is a number, a port name, or empty for the same number.

    `node_port` is 0 where there is none or the cluster chooses it.
    """

    port: int
    protocol: str = "TCP"
    name: str = ""
    target: int | str = ""
    node_port: int = 0


class Service(msgspec.Struct, frozen=True):
    """A Service: never a policy peer itself, it leads to pods (A-110).

    `local` when it keeps the client's address (externalTrafficPolicy Local, A-115); `balancers` are
    the addresses that a load balancer gave it.
    """

    namespace: str
    name: str
    type: str = "ClusterIP"
    selector: dict[str, str] = {}
    cluster_ips: tuple[str, ...] = ()
    ports: tuple[ServicePort, ...] = ()
    origin: Origin = Origin()
    headless: bool = False
    external_ips: tuple[str, ...] = ()
    source_ranges: tuple[str, ...] = ()
    external_name: str = ""
    local: bool = False
    node_ports: bool = True
    balancers: tuple[str, ...] = ()
    labels: dict[str, str] = {}

    @property
    def key(self) -> str:
        """`Service/shop/web`."""
        return f"Service/{self.namespace}/{self.name}"


class EntryObject(msgspec.Struct, frozen=True, kw_only=True):
    """What the objects below share; a cluster-wide one has no namespace."""

    KIND: ClassVar[str] = ""

    namespace: str
    name: str
    origin: Origin = Origin()

    @property
    def kind(self) -> str:
        """The kind, as manifests write it."""
        return self.KIND

    @property
    def key(self) -> str:
        """`Ingress/shop/web`, or `IngressClass/nginx`."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


class EndpointPort(msgspec.Struct, frozen=True):
    """A port of an endpoint, under the name of the Service's port."""

    port: int
    protocol: str = "TCP"
    name: str = ""


class EndpointPart(msgspec.Struct, frozen=True):
    """Addresses that all answer on the same ports."""

    addresses: tuple[str, ...]
    ports: tuple[EndpointPort, ...]


class EndpointGroup(EntryObject, frozen=True, kw_only=True):
    """Addresses that somebody listed for a Service without a selector (A-114)."""

    service: str
    of_kind: str = "EndpointSlice"
    parts: tuple[EndpointPart, ...] = ()

    @property
    def kind(self) -> str:
        """EndpointSlice or Endpoints."""
        return self.of_kind


class IngressPath(msgspec.Struct, frozen=True):
    """One way through an Ingress; `host` and `path` empty are any. `port` is a number or a name of
    the Service's port. `field` and `line` say where it is written."""

    host: str
    path: str
    service: str
    port: int | str
    field: str
    line: int


class Ingress(EntryObject, frozen=True, kw_only=True):
    """An Ingress, its rules and default backend as paths (F-41); `class_name` as written."""

    KIND = "Ingress"

    class_name: str = ""
    paths: tuple[IngressPath, ...] = ()


class IngressClass(EntryObject, frozen=True, kw_only=True):
    """Which controller serves the Ingresses of a class (F-42)."""

    KIND = "IngressClass"

    controller: str = ""
    default: bool = False


class GatewayClass(EntryObject, frozen=True, kw_only=True):
    """Which controller serves the Gateways of a class."""

    KIND = "GatewayClass"

    controller: str = ""


class Listener(msgspec.Struct, frozen=True):
    """A port that a Gateway listens on, and the routes it takes (F-43).

    `namespaces` is Same, All, Selector or None; `kinds` empty means those of its protocol.
    """

    name: str
    port: int
    protocol: str
    hostname: str = ""
    namespaces: str = "Same"
    selector: Selector = EVERYTHING
    kinds: tuple[str, ...] = ()
    line: int = 0


class Gateway(EntryObject, frozen=True, kw_only=True):
    """A Gateway."""

    KIND = "Gateway"

    class_name: str = ""
    listeners: tuple[Listener, ...] = ()


class ParentRef(msgspec.Struct, frozen=True):
    """What a route attaches to: a Gateway, one listener of it by name or port, or a Service."""

    name: str
    namespace: str
    kind: str = "Gateway"
    section: str = ""
    port: int = 0


class RouteBackend(msgspec.Struct, frozen=True):
    """One backend of a route; `port` 0 where none is given. `path` says what is matched."""

    name: str
    namespace: str
    port: int = 0
    kind: str = "Service"
    weight: int = 1
    mirror: bool = False
    path: str = ""
    field: str = ""
    line: int = 0


class GatewayRoute(EntryObject, frozen=True, kw_only=True):
    """A route of the Gateway API: HTTP, GRPC, TLS, TCP or UDP."""

    route_kind: str
    hostnames: tuple[str, ...] = ()
    parents: tuple[ParentRef, ...] = ()
    backends: tuple[RouteBackend, ...] = ()

    @property
    def kind(self) -> str:
        """HTTPRoute and so on."""
        return self.route_kind

    @property
    def protocol(self) -> str:
        """The protocol of its connections (F-44)."""
        return "UDP" if self.route_kind == "UDPRoute" else "TCP"


class Grant(EntryObject, frozen=True, kw_only=True):
    """A ReferenceGrant: routes of these (kind, namespace) may use the Services named here.

    `services` has an empty name where every Service of its namespace may be used (F-44).
    """

    KIND = "ReferenceGrant"

    routes: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()


class OpenShiftRoute(EntryObject, frozen=True, kw_only=True):
    """An OpenShift Route; `target` is a port name, a pod's port number, or empty (F-46).

    `backends` are names of Services with their weights.
    """

    KIND = "Route"

    host: str = ""
    path: str = ""
    target: int | str = ""
    backends: tuple[tuple[str, int], ...] = ()


class EntryObjects(msgspec.Struct, frozen=True):
    """Every object of these kinds in a cluster, each kind in order of its keys."""

    endpoints: tuple[EndpointGroup, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    ingress_classes: tuple[IngressClass, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    gateway_classes: tuple[GatewayClass, ...] = ()
    routes: tuple[GatewayRoute, ...] = ()
    grants: tuple[Grant, ...] = ()
    openshift_routes: tuple[OpenShiftRoute, ...] = ()

    @classmethod
    def of(cls, objects: Iterable[EntryObject]) -> EntryObjects:
        """The objects, each in its place; of two with one key the later one counts."""
        found = sorted({each.key: each for each in objects}.values(), key=lambda each: each.key)
        return cls(
            endpoints=tuple(each for each in found if isinstance(each, EndpointGroup)),
            ingresses=tuple(each for each in found if isinstance(each, Ingress)),
            ingress_classes=tuple(each for each in found if isinstance(each, IngressClass)),
            gateways=tuple(each for each in found if isinstance(each, Gateway)),
            gateway_classes=tuple(each for each in found if isinstance(each, GatewayClass)),
            routes=tuple(each for each in found if isinstance(each, GatewayRoute)),
            grants=tuple(each for each in found if isinstance(each, Grant)),
            openshift_routes=tuple(each for each in found if isinstance(each, OpenShiftRoute)),
        )

    def __iter__(self) -> Iterator[EntryObject]:
        """All of them, kind by kind."""
        for name in self.__struct_fields__:
            yield from getattr(self, name)

    def where(self, keep: Callable[[EntryObject], bool]) -> EntryObjects:
        """Those that `keep` says; itself when that is all of them."""
        kept = [each for each in self if keep(each)]
        return self if len(kept) == sum(1 for _ in self) else EntryObjects.of(kept)

    def without(self, key: str) -> EntryObjects:
        """These but for one."""
        return self.where(lambda each: each.key != key)

    def outside(self, namespace: str) -> EntryObjects:
        """These but for those of a namespace."""
        return self.where(lambda each: each.namespace != namespace)

    def with_objects(self, more: EntryObjects) -> EntryObjects:
        """These, with others added or put in the place of those with the same key."""
        return EntryObjects.of((*self, *more)) if any(True for _ in more) else self
