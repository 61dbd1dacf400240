"""Who dials the pods behind an entry point: known pods, or a pod that nobody knows (F-40)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec

from policies.evaluator.addresses import AddressSet
from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.objects import Gateway, Ingress, IngressClass
from policies.evaluator.labels import EVERYTHING, Requirement, Selector
from policies.evaluator.state import Pod
from policies.evaluator.strangers import ANY_NODE, ANY_POD, Beyond

__all__ = ["Caller", "ControllerSelector", "Sources"]


class ControllerSelector(msgspec.Struct, frozen=True):
    """Pods of a controller: by labels, in one namespace or (empty) in any."""

    pods: Selector
    namespace: str = ""

    def matches(self, pod: Pod) -> bool:
        """Whether a pod is one of them."""
        return self.namespace in ("", pod.namespace) and self.pods.matches(pod.labels)


class Caller(msgspec.Struct, frozen=True):
    """Who opens the last hop of a path.

    `bits` are pods of the cluster, or external addresses; both empty is the pseudo peer
    `{ingress-controller}`, whose namespace and labels nobody knows. `proxy`: a load balancer
    outside of the cluster that dials the pods itself, from some of these addresses.
    """

    text: str
    bits: int = 0
    outside: bool = False
    proxy: bool = False

    @property
    def is_pseudo(self) -> bool:
        """Whether it is not among the objects."""
        return not self.bits and not self.outside


def _selected(*pairs: tuple[str, str], namespace: str = "") -> ControllerSelector:
    requirements = sorted(Requirement(key, "In", (value,)) for key, value in pairs)
    return ControllerSelector(Selector(tuple(requirements)), namespace)


_NAME, _PART = "app.kubernetes.io/name", "app.kubernetes.io/component"
# The labels that the makers' own manifests and charts give the pods that carry the traffic, by the
# controller of the class.
_KNOWN: dict[str, tuple[ControllerSelector, ...]] = {
    "k8s.io/ingress-nginx": (_selected((_NAME, "ingress-nginx"), (_PART, "controller")),),
    "nginx.org/ingress-controller": (
        _selected((_NAME, "nginx-ingress")),
        _selected(("app", "nginx-ingress")),
    ),
    "traefik.io/ingress-controller": (_selected((_NAME, "traefik")),),
    "traefik.io/gateway-controller": (_selected((_NAME, "traefik")),),
    "haproxy.org/ingress-controller": (
        _selected((_NAME, "kubernetes-ingress")),
        _selected(("run", "haproxy-ingress")),
    ),
    "haproxy-ingress.github.io/controller": (_selected((_NAME, "haproxy-ingress")),),
    "projectcontour.io/ingress-controller": (
        _selected((_NAME, "contour"), (_PART, "envoy")),
        _selected(("app", "envoy"), namespace="projectcontour"),
    ),
    "ingress-controllers.konghq.com/kong": (
        _selected((_NAME, "kong")),
        _selected((_NAME, "gateway"), ("app.kubernetes.io/instance", "kong")),
    ),
    "istio.io/ingress-controller": (_selected(("istio", "ingressgateway")),),
}
# Controllers outside of the cluster that dial the pods themselves, with the addresses that they
# dial from where these are the same for everybody (F-45).
_GOOGLE = ("35.191.0.0/16", "130.211.0.0/22")
_OUTSIDE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("k8s.io/ingress-gce", _GOOGLE),
    ("networking.gke.io/", _GOOGLE),
    ("ingress.k8s.aws/", ()),
    ("gateway.k8s.aws/", ()),
    ("azure/application-gateway", ()),
    ("alb.networking.azure.io/", ()),
)
# Every data plane that is made for one Gateway carries its name, under one of these.
_GATEWAY_NAME = (
    ("gateway.networking.k8s.io/gateway-name", ""),
    ("gateway.envoyproxy.io/owning-gateway-name", "gateway.envoyproxy.io/owning-gateway-namespace"),
)
_OPENSHIFT = (
    "ingresscontroller.operator.openshift.io/deployment-ingresscontroller",
    "openshift-ingress",
)


class Sources:
    """Finds the callers of entry points among the pods of one evaluation.

    `configured` pods are asked for where no pods of a known controller run; with `pseudo_only`
    every caller is the pseudo peer.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        configured: Sequence[ControllerSelector] = (),
        *,
        pseudo_only: bool = False,
    ) -> None:
        self.evaluation = evaluation
        self.configured = tuple(configured)
        self.pseudo_only = pseudo_only
        self._pods: dict[ControllerSelector, tuple[Caller, ...]] = {}

    @cached_property
    def beyond(self) -> Beyond:
        """The evaluation with a pod and a node that nobody knows."""
        return Beyond(self.evaluation, (ANY_POD, ANY_NODE))

    @cached_property
    def outside(self) -> Caller:
        """Every address outside of the cluster."""
        return Caller("", self.evaluation.universe.external, outside=True)

    def of_ingress(self, ingress: Ingress) -> tuple[Caller, ...]:
        """The controller that serves an Ingress, by its class (F-42)."""
        found = self.class_of(ingress)
        return self._of_controller(found.controller if found else _controller_of(ingress))

    def class_of(self, ingress: Ingress) -> IngressClass | None:
        """The class it names, else the default class of the cluster (F-42)."""
        classes = self.evaluation.state.entry.ingress_classes
        for each in classes:
            if each.name == ingress.class_name or (not ingress.class_name and each.default):
                return each
        return None

    def of_gateway(self, gateway: Gateway) -> tuple[Caller, ...]:
        """The data plane of a Gateway: its own pods, else those of its controller (F-45)."""
        for name, namespace in _GATEWAY_NAME:
            pairs = [(name, gateway.name)]
            if namespace:
                pairs.append((namespace, gateway.namespace))
            where = "" if namespace else gateway.namespace
            found = self._running(_selected(*pairs, namespace=where))
            if found:
                return found
        classes = self.evaluation.state.entry.gateway_classes
        controllers = [each.controller for each in classes if each.name == gateway.class_name]
        return self._of_controller(controllers[0] if controllers else "")

    def of_openshift(self) -> tuple[Caller, ...]:
        """The routers of OpenShift (F-46)."""
        exists = Selector((Requirement(_OPENSHIFT[0], "Exists"),))
        for each in (
            ControllerSelector(exists, _OPENSHIFT[1]),
            ControllerSelector(EVERYTHING, _OPENSHIFT[1]),
        ):
            found = self._running(each)
            if found:
                return found
        return self._of_controller("")

    def _of_controller(self, controller: str) -> tuple[Caller, ...]:
        for name, ranges in _OUTSIDE:
            if controller.startswith(name):
                return (self._proxy(controller, ranges),)
        for selector in (*_KNOWN.get(controller, ()), *self.configured):
            found = self._running(selector)
            if found:
                return found
        return (Caller(ANY_POD.text),)

    def _proxy(self, controller: str, ranges: tuple[str, ...]) -> Caller:
        universe = self.evaluation.universe
        bits = universe.external
        if ranges:
            asked = AddressSet.of_cidrs(ranges)
            bits = mask_of(bit for bit in bits_of(bits) if universe.cell_addresses(bit) & asked)
        text = f"the load balancers of {controller}"
        return Caller(text, bits, outside=True, proxy=True)

    def _running(self, selector: ControllerSelector) -> tuple[Caller, ...]:
        """One caller for each workload with such pods."""
        if self.pseudo_only:
            return ()
        known = self._pods.get(selector)
        if known is None:
            known = self._pods[selector] = tuple(self._callers(selector))
        return known

    def _callers(self, selector: ControllerSelector) -> Iterable[Caller]:
        pods = self.evaluation.state.pods
        found = mask_of(
            bit
            for bit, each in self.evaluation.universe.each_class()
            if any(selector.matches(pods[index]) for index in each.pods)
        )
        for node in self.evaluation.workload_nodes:
            if node.bits & found:
                yield Caller(node.text, node.bits & found)


def _controller_of(ingress: Ingress) -> str:
    """Without an IngressClass the name of the class tells what serves it, by custom (F-42)."""
    return {
        "nginx": "k8s.io/ingress-nginx",
        "traefik": "traefik.io/ingress-controller",
        "contour": "projectcontour.io/ingress-controller",
        "kong": "ingress-controllers.konghq.com/kong",
        "haproxy": "haproxy-ingress.github.io/controller",
        "istio": "istio.io/ingress-controller",
        "alb": "ingress.k8s.aws/alb",
        "gce": "k8s.io/ingress-gce",
    }.get(ingress.class_name, "")
