"""From documents to Ingresses, Gateways and Routes, each fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from policies.evaluator.checks import check_selector
from policies.evaluator.documents import Document, render_path
from policies.evaluator.entry.objects import (
    EntryObject,
    Gateway,
    GatewayClass,
    GatewayRoute,
    Grant,
    Ingress,
    IngressClass,
    IngressPath,
    Listener,
    OpenShiftRoute,
    ParentRef,
    RouteBackend,
)
from policies.evaluator.entry.schema import (
    BackendRef,
    ClassObject,
    GatewayObject,
    GatewayRouteObject,
    GrantObject,
    IngressBackend,
    IngressObject,
    OpenShiftRouteObject,
    RouteRule,
)
from policies.evaluator.fields import Cursor, Report, describe
from policies.evaluator.labels import EVERYTHING, Selector
from policies.evaluator.origin import Origin
from policies.evaluator.schema import convert

__all__ = ["ROUTE_READERS", "Place", "Reading", "annotation"]

GATEWAY_GROUP = "gateway.networking.k8s.io"
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
_OLD_CLASS = "kubernetes.io/ingress.class"
_FROM = ("Same", "All", "Selector", "None")
Keys = tuple[str | int, ...]


class Place(Protocol):
    """Gives namespace and name of an object once its metadata is right, and where it was read."""

    origin: Origin

    def __call__(self, body: Any) -> tuple[str, str] | None:
        """Namespace and name; None after reporting what is wrong."""


class Reading(msgspec.Struct, frozen=True):
    """One object that is being read."""

    kind: str
    document: Document
    report: Report
    place: Place

    def line(self, *keys: str | int) -> int:
        """The line of a field."""
        return self.document.line_at(keys)


def annotation(document: Document, key: str) -> str:
    """The value of an annotation; empty where there is none or it is no string."""
    metadata = document.value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    text = annotations.get(key) if isinstance(annotations, dict) else None
    return text if isinstance(text, str) else ""


# -- Ingress ---------------------------------------------------------------------------------------


def _read_ingress(reading: Reading) -> EntryObject | None:
    """F-41, F-42."""
    body = convert(reading.document.value, IngressObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    spec = body.spec
    if spec is None:
        reading.report.add(("spec",), "is missing: an Ingress without a spec leads nowhere")
        return None
    paths: list[IngressPath] = []
    default, field = spec.default_backend, "defaultBackend"
    if default is None and spec.backend is not None:
        default, field = spec.backend, "backend"
    if default is not None:
        paths += _ingress_path(reading, "", "", default, ("spec", field))
    for index, rule in enumerate(spec.rules or ()):
        keys: Keys = ("spec", "rules", index)
        if rule.http is None and default is not None:
            paths += _ingress_path(reading, rule.host or "", "", default, keys)
        for number, each in enumerate(rule.http.paths if rule.http else ()):
            at = (*keys, "http", "paths", number)
            paths += _ingress_path(reading, rule.host or "", each.path or "", each.backend, at)
    if reading.report.failed:
        return None
    return Ingress(
        namespace=where[0],
        name=where[1],
        origin=reading.place.origin,
        class_name=spec.ingress_class_name or annotation(reading.document, _OLD_CLASS),
        paths=tuple(paths),
    )


def _ingress_path(
    reading: Reading, host: str, path: str, backend: IngressBackend, keys: Keys
) -> Iterator[IngressPath]:
    name, port = backend.service_name or "", backend.service_port
    if backend.service is not None:
        name = backend.service.name
        given = backend.service.port
        port = (given.number or given.name) if given else None
    elif not name:
        if backend.resource is None:
            reading.report.add(keys, "has no backend: it names neither a service nor a resource")
        return
    if not port:
        reading.report.add(keys, f"names no port of service {describe(name)}")
        return
    if isinstance(port, str) and port.isdecimal():
        port = int(port)
    yield IngressPath(host, path, name, port, render_path(keys), reading.line(*keys))


def _read_ingress_class(reading: Reading) -> EntryObject | None:
    body = convert(reading.document.value, ClassObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    return IngressClass(
        namespace="",
        name=where[1],
        origin=reading.place.origin,
        controller=(body.spec and body.spec.controller) or "",
        default=annotation(reading.document, _DEFAULT_CLASS) == "true",
    )


def _read_gateway_class(reading: Reading) -> EntryObject | None:
    body = convert(reading.document.value, ClassObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    return GatewayClass(
        namespace="",
        name=where[1],
        origin=reading.place.origin,
        controller=(body.spec and body.spec.controller_name) or "",
    )


# -- Gateway API -----------------------------------------------------------------------------------


def _read_gateway(reading: Reading) -> EntryObject | None:
    """F-43: the listeners, with the API server's defaults."""
    body = convert(reading.document.value, GatewayObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    if body.spec is None:
        reading.report.add(("spec",), "is missing: a Gateway without a spec listens nowhere")
        return None
    listeners = []
    root = Cursor(reading.document.value, reading.report).child("spec").child("listeners")
    for index, each in enumerate(body.spec.listeners):
        keys: Keys = ("spec", "listeners", index)
        allowed = each.allowed_routes
        scope = allowed.namespaces if allowed else None
        whence = (scope and scope.from_) or "Same"
        if whence not in _FROM:
            at = (*keys, "allowedRoutes", "namespaces", "from")
            words = f"must be one of {', '.join(_FROM)}; found {describe(whence)}"
            reading.report.add(at, words)
        selector = EVERYTHING
        if whence == "Selector":
            spec = scope.selector if scope else None
            cursor = Cursor(
                spec,
                root.report,
                (*keys, "allowedRoutes", "namespaces", "selector"),
            )
            if spec is None:
                cursor.problem('is missing: from is "Selector"')
            else:
                check_selector(cursor)
                selector = EVERYTHING if reading.report.failed else Selector.from_spec(spec)
        listeners.append(
            Listener(
                name=each.name,
                port=each.port,
                protocol=each.protocol,
                hostname=each.hostname or "",
                namespaces=whence,
                selector=selector,
                kinds=tuple(kind.kind for kind in (allowed and allowed.kinds) or ()),
                line=reading.line(*keys),
            )
        )
    if reading.report.failed:
        return None
    return Gateway(
        namespace=where[0],
        name=where[1],
        origin=reading.place.origin,
        class_name=body.spec.gateway_class_name,
        listeners=tuple(listeners),
    )


def _read_route(reading: Reading) -> EntryObject | None:
    """F-43, F-44."""
    body = convert(reading.document.value, GatewayRouteObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    spec = body.spec
    if spec is None:
        reading.report.add(("spec",), "is missing: a route without a spec leads nowhere")
        return None
    backends: list[RouteBackend] = []
    for index, rule in enumerate(spec.rules or ()):
        backends += _route_backends(reading, where[0], rule, ("spec", "rules", index))
    return GatewayRoute(
        namespace=where[0],
        name=where[1],
        origin=reading.place.origin,
        route_kind=reading.kind,
        hostnames=tuple(spec.hostnames or ()),
        parents=tuple(
            ParentRef(
                name=each.name,
                namespace=each.namespace or where[0],
                kind=_qualified(each.group, each.kind or "Gateway", GATEWAY_GROUP),
                section=each.section_name or "",
                port=each.port or 0,
            )
            for each in spec.parent_refs or ()
        ),
        backends=tuple(backends),
    )


def _qualified(group: str | None, kind: str, own: str) -> str:
    """The kind, with its group where that is not the one expected; core Services are `Service`."""
    given = own if group is None else group
    return kind if given == own or (not given and kind == "Service") else f"{kind}.{given}"


def _route_backends(
    reading: Reading, namespace: str, rule: RouteRule, keys: Keys
) -> Iterator[RouteBackend]:
    path = ", ".join(dict.fromkeys(filter(None, map(_match_text, rule.matches or ()))))
    for number, each in enumerate(rule.backend_refs or ()):
        at = (*keys, "backendRefs", number)
        yield _route_backend(reading, namespace, each, path, at)
    for number, found in enumerate(rule.filters or ()):
        if found.request_mirror is not None:
            at = (*keys, "filters", number)
            mirrored = found.request_mirror.backend_ref
            yield _route_backend(reading, namespace, mirrored, path, at, mirror=True)


def _route_backend(
    reading: Reading,
    namespace: str,
    each: BackendRef,
    path: str,
    keys: Keys,
    *,
    mirror: bool = False,
) -> RouteBackend:
    return RouteBackend(
        name=each.name,
        namespace=each.namespace or namespace,
        port=each.port or 0,
        kind=_qualified(each.group, each.kind or "Service", ""),
        weight=1 if each.weight is None or mirror else each.weight,
        mirror=mirror,
        path=path,
        field=render_path(keys),
        line=reading.line(*keys),
    )


def _match_text(match: dict[str, Any]) -> str:
    """What a match looks at first: a path, or a gRPC method."""
    path, method = match.get("path"), match.get("method")
    if isinstance(path, dict) and isinstance(path.get("value"), str):
        return str(path["value"])
    if isinstance(method, dict):
        words = (method.get("service"), method.get("method"))
        return "/".join(word for word in words if isinstance(word, str))
    return ""


def _read_grant(reading: Reading) -> EntryObject | None:
    body = convert(reading.document.value, GrantObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    spec = body.spec
    if spec is None:
        reading.report.add(("spec",), "is missing: a ReferenceGrant without a spec grants nothing")
        return None
    return Grant(
        namespace=where[0],
        name=where[1],
        origin=reading.place.origin,
        routes=tuple(
            (each.kind, each.namespace) for each in spec.from_ if each.group == GATEWAY_GROUP
        ),
        services=tuple(
            each.name or "" for each in spec.to if not each.group and each.kind == "Service"
        ),
    )


# -- OpenShift -------------------------------------------------------------------------------------


def _read_openshift(reading: Reading) -> EntryObject | None:
    """F-46."""
    body = convert(reading.document.value, OpenShiftRouteObject, reading.report)
    where = body and reading.place(body)
    if body is None or not where:
        return None
    spec = body.spec
    if spec is None:
        reading.report.add(("spec",), "is missing: a Route without a spec leads nowhere")
        return None
    backends = []
    for each in (spec.to, *(spec.alternate_backends or ())):
        if (each.kind or "Service") != "Service":
            words = f"must be a Service; found {describe(each.kind)}"
            reading.report.add(("spec", "to", "kind"), words)
        backends.append((each.name, 1 if each.weight is None else each.weight))
    if reading.report.failed:
        return None
    target = (spec.port and spec.port.target_port) or ""
    if isinstance(target, str) and target.isdecimal():
        target = int(target)
    return OpenShiftRoute(
        namespace=where[0],
        name=where[1],
        origin=reading.place.origin,
        host=spec.host or "",
        path=spec.path or "",
        target=target,
        backends=tuple(backends),
    )


ROUTE_READERS: dict[str, Callable[[Reading], EntryObject | None]] = {
    "Ingress": _read_ingress,
    "IngressClass": _read_ingress_class,
    "GatewayClass": _read_gateway_class,
    "Gateway": _read_gateway,
    **dict.fromkeys(("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"), _read_route),
    "ReferenceGrant": _read_grant,
    "Route": _read_openshift,
}
"""What reads each kind."""
