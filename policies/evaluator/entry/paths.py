"""Paths of entry: from an entry point over a Service to the pods, with the policies' verdict."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import msgspec

from policies.evaluator.addresses import EVERY_ADDRESS, EVERY_IPV4, AddressSet
from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.engine import Evaluation
from policies.evaluator.entry.admission import Admission, Answer, Verdict
from policies.evaluator.entry.objects import Service, ServicePort
from policies.evaluator.entry.services import Services, Target
from policies.evaluator.entry.sources import Caller, Sources
from policies.evaluator.nodes import GraphNode
from policies.evaluator.origin import Origin
from policies.evaluator.questions import Port
from policies.evaluator.words import internet_name

__all__ = ["Door", "EntryIssue", "EntryPath", "PathFinder"]


class EntryPath(msgspec.Struct, frozen=True):
    """One way in, as far as the policies let it lead.

    `opened` is what callers dial (`port 443`, `node port 30080`), with `host` and `path` where
    the entry point looks at them. `caller` opens the last hop, to `target` of `backend`: a
    workload, or an address outside of the cluster. `internet`: the Internet at large may use it.
    `callers` are the peers that dial, `bits` the classes of the pods behind it, `pods` their places
    in the state. `mirror`: it gets copies of requests, whose answers nobody waits for. `ranges`: of
    addresses outside only those within come in.
    """

    kind: str
    object: str
    source: str
    line: int
    host: str
    path: str
    opened: str
    service: str
    backend: str
    namespace: str
    target: Port
    caller: str
    verdict: Verdict
    reason: str
    internet: bool
    callers: int = 0
    bits: int = 0
    pods: int = 0
    mirror: bool = False
    ranges: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The path without its place in the universe."""
        return {
            "kind": self.kind,
            "object": self.object,
            "source": self.source,
            "line": self.line or None,
            "host": self.host or None,
            "path": self.path or None,
            "opened": self.opened or None,
            "service": self.service or None,
            "backend": self.backend,
            "port": str(self.target),
            "caller": self.caller,
            "verdict": self.verdict,
            "reason": self.reason or None,
            "internet": self.internet,
        }

    @property
    def order(self) -> tuple[str, ...]:
        """Paths are listed by where they end, then by where they begin."""
        return (
            self.backend,
            self.kind,
            self.object,
            self.host,
            self.path,
            self.opened,
            f"{self.target.number:05}",
            self.caller,
        )


class EntryIssue(msgspec.Struct, frozen=True, order=True):
    """Why an entry point, or a part of it, leads nowhere; `code` is a stable word for it."""

    object: str
    source: str
    line: int
    code: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """The issue."""
        return {
            "object": self.object,
            "source": self.source,
            "line": self.line or None,
            "code": self.code,
            "text": self.text,
        }


class Door(msgspec.Struct, frozen=True):
    """What is known of a way in before it reaches a Service.

    `kept`: the client's own address arrives at the pod. `ranges`: only these clients are let in by
    the entry point itself (F-33).
    """

    kind: str
    object: str
    origin: Origin
    callers: tuple[Caller, ...]
    line: int = 0
    host: str = ""
    path: str = ""
    opened: str = ""
    kept: bool = True
    ranges: tuple[str, ...] = ()
    mirror: bool = False


class PathFinder:
    """Collects paths and issues; the kinds of entry points tell it their doors."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.evaluation: Evaluation = sources.evaluation
        self.services = Services(self.evaluation.state)
        self.paths: list[EntryPath] = []
        self.issues: set[EntryIssue] = set()
        self._admission = Admission(sources)

    def issue(self, door: Door, code: str, text: str) -> None:
        """Note why a door leads nowhere."""
        line = door.line or door.origin.line
        self.issues.add(EntryIssue(door.object, door.origin.source, line, code, text))

    def through_service(
        self, door: Door, namespace: str, name: str, port: int | str, protocol: str = "TCP"
    ) -> None:
        """Paths to the pods behind a port of a Service, which a backend names."""
        service = self.services.find(namespace, name)
        if service is None:
            text = f"there is no Service {name} in namespace {namespace}"
            self.issue(door, "no-service", text)
            return
        found = self.services.port_of(service, port, protocol)
        if found is None:
            self.issue(door, "no-port", f"Service {name} has no port {port}")
            return
        self.through_port(door, service, found)

    def through_port(self, door: Door, service: Service, port: ServicePort) -> None:
        """Paths to the pods behind a port of a Service."""
        if service.type == "ExternalName":
            text = f"Service {service.name} stands for the name {service.external_name}, not pods"
            self.issue(door, "external-name", text)
            return
        targets = self.services.targets(service, port)
        if not targets:
            self.issue(door, *self._why_no_target(service, port))
        shown = f"{service.namespace}/{service.name}:{port.port}"
        for each in targets:
            self.to_target(door, shown, each)

    def _why_no_target(self, service: Service, port: ServicePort) -> tuple[str, str]:
        if service.selector and self.services.pods_of(service):
            text = f"no pod of Service {service.name} has a {port.protocol} port named"
            return "no-target-port", f"{text} {port.target}"
        return "no-pods", f"no pod stands behind Service {service.name}"

    def to_target(self, door: Door, service: str, target: Target) -> None:
        """Paths to pods, and to addresses that are no pod's."""
        port = Port(target.protocol, target.port)
        for caller in door.callers:
            self._to_pods(door, service, target.pods, port, caller)
            for address in target.addresses:
                internet = caller.outside or caller.is_pseudo
                text = "no policy governs an address outside of the cluster"
                answer = Answer("allow", text, caller.bits)
                self._add(door, service, address, "", port, caller, answer, internet, 0)

    def _to_pods(self, door: Door, service: str, pods: int, port: Port, caller: Caller) -> None:
        clients = caller
        if caller.outside and door.ranges:
            clients = msgspec.structs.replace(caller, bits=self._within(door.ranges))
        found: dict[tuple[int, Answer], int] = {}
        for bit in self._classes(pods):
            for answer in self._admission.of(clients, bit, port, kept=door.kept):
                place = (self._node_of[bit], answer)
                found[place] = found.get(place, 0) | 1 << bit
        for (index, answer), bits in found.items():
            there = self._pods_in(bits, pods)
            node = self.evaluation.workload_nodes[index]
            internet = self._is_internet(caller, answer, door)
            self._add(
                door,
                service,
                node.text,
                node.namespace,
                port,
                caller,
                answer,
                internet,
                bits,
                there,
            )

    def _add(
        self,
        door: Door,
        service: str,
        backend: str,
        namespace: str,
        port: Port,
        caller: Caller,
        answer: Answer,
        internet: bool,
        bits: int,
        pods: int = 0,
    ) -> None:
        text = caller.text or self._outside_text(answer.callers, door.ranges)
        self.paths.append(
            EntryPath(
                kind=door.kind,
                object=door.object,
                source=door.origin.source,
                line=door.line or door.origin.line,
                host=door.host,
                path=door.path,
                opened=door.opened,
                service=service,
                backend=backend,
                namespace=namespace,
                target=port,
                caller=text,
                verdict=answer.verdict,
                reason=answer.reason,
                internet=internet,
                callers=answer.callers or caller.bits,
                bits=bits,
                pods=pods,
                mirror=door.mirror,
                ranges=door.ranges,
            )
        )

    def _classes(self, pods: int) -> list[int]:
        class_of = self._class_of
        return sorted({class_of[index] for index in bits_of(pods)})

    def _pods_in(self, bits: int, pods: int) -> int:
        classes = self.evaluation.universe.classes
        return pods & mask_of(index for bit in bits_of(bits) for index in classes[bit].pods)

    @cached_property
    def _class_of(self) -> dict[int, int]:
        classes = self.evaluation.universe.classes
        return {index: bit for bit, each in enumerate(classes) for index in each.pods}

    @cached_property
    def _node_of(self) -> dict[int, int]:
        """The node of the graph that shows a class, by its place among the workloads."""
        nodes: Iterable[GraphNode] = self.evaluation.workload_nodes
        return {bit: index for index, node in enumerate(nodes) for bit in bits_of(node.bits)}

    def _within(self, ranges: tuple[str, ...]) -> int:
        """External peers with an address in the ranges; no policy tells a part of them apart."""
        universe = self.evaluation.universe
        asked = AddressSet.of_cidrs(ranges)
        return mask_of(
            bit for bit in bits_of(universe.external) if universe.cell_addresses(bit) & asked
        )

    def _is_internet(self, caller: Caller, answer: Answer, door: Door) -> bool:
        """F-48: whether all of the rest of the Internet may dial this, in either family.

        A controller or load balancer passes on what comes from anywhere.
        """
        if not caller.outside or caller.proxy:
            return True
        universe = self.evaluation.universe
        asked = AddressSet.of_cidrs(door.ranges) if door.ranges else EVERY_ADDRESS
        for bit in bits_of(answer.callers & universe.external):
            if universe.is_rest(bit):
                cell = universe.cell_addresses(bit)
                for family in (cell & EVERY_IPV4, cell - EVERY_IPV4):
                    if family and not family - asked:
                        return True
        return False

    def _outside_text(self, callers: int, ranges: tuple[str, ...]) -> str:
        """`anywhere outside`, `the Internet`, or the addresses."""
        universe = self.evaluation.universe
        if ranges:
            asked = AddressSet.of_cidrs(ranges)
            found = AddressSet()
            for bit in bits_of(callers):
                found |= universe.cell_addresses(bit) & asked
            return str(found)
        if callers == universe.external:
            return "anywhere outside"
        texts = [
            internet_name(universe, bit, "the rest of the Internet")
            or str(universe.cell_addresses(bit))
            for bit in bits_of(callers)
        ]
        return ", ".join(sorted(texts))
