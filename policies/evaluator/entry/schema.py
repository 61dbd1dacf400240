"""The objects that lead to pods as Kubernetes writes them, with only the fields that are read."""

from typing import Any

import msgspec

from policies.evaluator.schema import Metadata

__all__ = [
    "BackendRef",
    "ClassObject",
    "EndpointSliceObject",
    "EndpointsObject",
    "GatewayObject",
    "GatewayRouteObject",
    "GrantObject",
    "IngressBackend",
    "IngressObject",
    "OpenShiftRouteObject",
    "RouteRule",
    "ServiceObject",
]


class _Struct(msgspec.Struct, rename="camel", frozen=True):
    pass


class _Object(_Struct, frozen=True):
    metadata: Metadata | None = None


# -- Services --------------------------------------------------------------------------------------


class _ServicePort(_Struct, frozen=True):
    port: int
    protocol: str | None = None
    name: str | None = None
    target_port: int | str | None = None
    node_port: int | None = None


class _ServiceSpec(_Struct, frozen=True):
    type: str | None = None
    selector: dict[str, str] | None = None
    cluster_ip: str | None = msgspec.field(default=None, name="clusterIP")
    cluster_ips: list[str] | None = msgspec.field(default=None, name="clusterIPs")
    external_ips: list[str] | None = msgspec.field(default=None, name="externalIPs")
    load_balancer_source_ranges: list[str] | None = None
    external_name: str | None = None
    external_traffic_policy: str | None = None
    allocate_load_balancer_node_ports: bool | None = None
    ports: list[_ServicePort] | None = None


class _BalancerIngress(_Struct, frozen=True):
    ip: str | None = None
    hostname: str | None = None


class _Balancer(_Struct, frozen=True):
    ingress: list[_BalancerIngress] | None = None


class _ServiceStatus(_Struct, frozen=True):
    load_balancer: _Balancer | None = None


class ServiceObject(_Object, frozen=True):
    """A Service."""

    spec: _ServiceSpec | None = None
    status: _ServiceStatus | None = None


# -- endpoints -------------------------------------------------------------------------------------


class _EndpointPort(_Struct, frozen=True):
    port: int | None = None
    protocol: str | None = None
    name: str | None = None


class _Endpoint(_Struct, frozen=True):
    addresses: list[str] | None = None


class EndpointSliceObject(_Object, frozen=True):
    """An EndpointSlice of discovery.k8s.io/v1."""

    endpoints: list[_Endpoint] | None = None
    ports: list[_EndpointPort] | None = None


class _Address(_Struct, frozen=True):
    ip: str


class _Subset(_Struct, frozen=True):
    addresses: list[_Address] | None = None
    not_ready_addresses: list[_Address] | None = None
    ports: list[_EndpointPort] | None = None


class EndpointsObject(_Object, frozen=True):
    """An Endpoints object, the older form of the same."""

    subsets: list[_Subset] | None = None


# -- Ingress ---------------------------------------------------------------------------------------


class _BackendPort(_Struct, frozen=True):
    number: int | None = None
    name: str | None = None


class _BackendService(_Struct, frozen=True):
    name: str
    port: _BackendPort | None = None


class IngressBackend(_Struct, frozen=True):
    """A backend; the last two fields are those of v1beta1."""

    service: _BackendService | None = None
    resource: Any = None
    service_name: str | None = None
    service_port: int | str | None = None


class _HttpPath(_Struct, frozen=True):
    backend: IngressBackend
    path: str | None = None


class _Http(_Struct, frozen=True):
    paths: list[_HttpPath]


class _IngressRule(_Struct, frozen=True):
    host: str | None = None
    http: _Http | None = None


class _IngressSpec(_Struct, frozen=True):
    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    backend: IngressBackend | None = None
    rules: list[_IngressRule] | None = None


class IngressObject(_Object, frozen=True):
    """An Ingress of v1 or v1beta1."""

    spec: _IngressSpec | None = None


class _ClassSpec(_Struct, frozen=True):
    controller: str | None = None
    controller_name: str | None = None


class ClassObject(_Object, frozen=True):
    """An IngressClass or a GatewayClass."""

    spec: _ClassSpec | None = None


# -- Gateway API -----------------------------------------------------------------------------------


class _RouteNamespaces(_Struct, frozen=True):
    from_: str | None = msgspec.field(default=None, name="from")
    selector: dict[str, Any] | None = None


class _RouteKind(_Struct, frozen=True):
    kind: str
    group: str | None = None


class _AllowedRoutes(_Struct, frozen=True):
    namespaces: _RouteNamespaces | None = None
    kinds: list[_RouteKind] | None = None


class _Listener(_Struct, frozen=True):
    name: str
    port: int
    protocol: str
    hostname: str | None = None
    allowed_routes: _AllowedRoutes | None = None


class _GatewaySpec(_Struct, frozen=True):
    gateway_class_name: str
    listeners: list[_Listener]


class GatewayObject(_Object, frozen=True):
    """A Gateway."""

    spec: _GatewaySpec | None = None


class _ParentRef(_Struct, frozen=True):
    name: str
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    section_name: str | None = None
    port: int | None = None


class BackendRef(_Struct, frozen=True):
    """A backend of a route."""

    name: str
    group: str | None = None
    kind: str | None = None
    namespace: str | None = None
    port: int | None = None
    weight: int | None = None


class _Mirror(_Struct, frozen=True):
    backend_ref: BackendRef


class _Filter(_Struct, frozen=True):
    type: str | None = None
    request_mirror: _Mirror | None = None


class RouteRule(_Struct, frozen=True):
    """A rule of a route of any kind; matches are kept as written."""

    matches: list[dict[str, Any]] | None = None
    filters: list[_Filter] | None = None
    backend_refs: list[BackendRef] | None = None


class _RouteSpec(_Struct, frozen=True):
    parent_refs: list[_ParentRef] | None = None
    hostnames: list[str] | None = None
    rules: list[RouteRule] | None = None


class GatewayRouteObject(_Object, frozen=True):
    """An HTTPRoute, GRPCRoute, TLSRoute, TCPRoute or UDPRoute."""

    spec: _RouteSpec | None = None


class _GrantFrom(_Struct, frozen=True):
    group: str
    kind: str
    namespace: str


class _GrantTo(_Struct, frozen=True):
    group: str
    kind: str
    name: str | None = None


class _GrantSpec(_Struct, frozen=True):
    from_: list[_GrantFrom] = msgspec.field(name="from")
    to: list[_GrantTo]


class GrantObject(_Object, frozen=True):
    """A ReferenceGrant."""

    spec: _GrantSpec | None = None


# -- OpenShift -------------------------------------------------------------------------------------


class _RouteTarget(_Struct, frozen=True):
    name: str
    kind: str | None = None
    weight: int | None = None


class _RoutePort(_Struct, frozen=True):
    target_port: int | str | None = None


class _OpenShiftSpec(_Struct, frozen=True):
    to: _RouteTarget
    host: str | None = None
    path: str | None = None
    port: _RoutePort | None = None
    alternate_backends: list[_RouteTarget] | None = None


class OpenShiftRouteObject(_Object, frozen=True):
    """A Route of route.openshift.io/v1."""

    spec: _OpenShiftSpec | None = None
