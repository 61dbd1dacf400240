"""Services whose ports or backends do not add up with the pods and the policies."""

from __future__ import annotations

from collections.abc import Iterator

from policies.evaluator.bits import bits_of, mask_of
from policies.evaluator.connections import ConnectionSet
from policies.evaluator.lint.evidence import Evidence
from policies.evaluator.lint.finding import Check, Hit
from policies.evaluator.lint.near import nearest
from policies.evaluator.policy import Direction
from policies.evaluator.state import Pod
from policies.evaluator.words import joined, shortened

__all__ = ["CHECKS", "FAMILY"]

FAMILY = "Services"
_PROMETHEUS = ("prometheus", "prometheus-server", "vmagent", "grafana-agent")
_METRICS_NAMES = ("metrics", "http-metrics", "https-metrics", "prom", "prometheus")


def _no_target(evidence: Evidence) -> Iterator[Hit]:
    """L-45, F-31."""
    for service, pods in evidence.backends:
        for index, port in enumerate(service.ports):
            if not isinstance(port.target, str) or not port.target or not pods:
                continue
            lack = [i for i in bits_of(pods) if not evidence.target_numbers(service, index, i)]
            if not lack:
                continue
            refs = evidence.refs_of_pods(mask_of(lack))
            names = {each.name for i in lack for each in evidence.state.pods[i].ports if each.name}
            near = nearest(port.target, names)
            hint = f" Did you mean {near}?" if near else ""
            if not near and names:
                hint = f" Declared are {joined(sorted(names)[:4])}."
            nothing = len(lack) == pods.bit_count()
            yield Hit(
                f"Port {port.port} leads to the container port named {port.target}"
                f" ({port.protocol}), which"
                f" {shortened([f'{each.namespace}/{each.name}' for each in refs])} does not"
                f" declare: {'no pod answers' if nothing else 'those pods do not answer'}"
                f" behind it.{hint}",
                (
                    evidence.service_place(service, f"spec.ports[{index}].targetPort"),
                    *(evidence.workload_place(each) for each in refs[:10]),
                ),
                tuple(map(str, refs[:1])),
                severity=None if nothing else "warning",
            )


def _partly_reachable(evidence: Evidence) -> Iterator[Hit]:
    """L-47, A-112."""
    for service, pods in evidence.backends:
        if evidence.classes(pods).bit_count() < 2:
            continue
        for index, port in enumerate(service.ports):
            callers: dict[int, int] = {}
            for pod in bits_of(pods):
                bit = evidence.class_of[pod]
                if bit not in callers:
                    numbers = evidence.target_numbers(service, index, pod)
                    if numbers:
                        callers[bit] = _callers(bit, numbers, evidence)
            if len(set(callers.values())) < 2:
                continue
            some = all_ = next(iter(callers.values()))
            for mask in callers.values():
                some |= mask
                all_ &= mask
            flaky = some & ~all_ & evidence.universe.pods
            if not flaky:
                continue
            closed = mask_of(bit for bit, mask in callers.items() if flaky & ~mask)
            clients = [f"{e.namespace}/{e.name}" for e in evidence.refs(flaky)]
            yield Hit(
                f"{shortened(clients)} may reach some of the pods behind port {port.port} and not"
                f" {shortened([f'{e.namespace}/{e.name}' for e in evidence.refs(closed)])}: some"
                " connections work and some time out.",
                (
                    evidence.service_place(service),
                    *(evidence.workload_place(each) for each in evidence.refs(closed)[:10]),
                ),
                tuple(map(str, evidence.refs(closed)[:1])),
            )


def _callers(bit: int, numbers: frozenset[tuple[str, int]], evidence: Evidence) -> int:
    """The pods that a class lets in on any of some ports; itself is no matter."""
    wanted = ConnectionSet.union_of(ConnectionSet.of(p, n, n) for p, n in numbers)
    found = 0
    for peers, connections, _ in evidence.evaluation.side_of(bit, Direction.INGRESS).outcomes:
        if connections & wanted:
            found |= peers & evidence.universe.pods
    backends = evidence.universe.pods
    return found & backends


def _collectors(evidence: Evidence) -> int:
    """The pods that collect metrics."""
    found = [
        index
        for index, pod in enumerate(evidence.state.pods)
        if pod.workload.name in _PROMETHEUS
        or pod.labels.get("app.kubernetes.io/name") in _PROMETHEUS
        or pod.labels.get("app") in _PROMETHEUS
    ]
    return evidence.classes(mask_of(found))


def _scraped(pod: Pod) -> list[int]:
    if pod.scrape.isdecimal():
        return [int(pod.scrape)]
    declared = sorted({each.port for each in pod.ports if each.protocol == "TCP"})
    return declared[:1] if pod.scrape else []


def _scrape_blocked(evidence: Evidence) -> Iterator[Hit]:
    """L-54."""
    yield from _unreachable(
        evidence,
        {
            index: ports
            for index, pod in enumerate(evidence.state.pods)
            if (ports := _scraped(pod)) and not pod.host_network
        },
        "asks to be scraped",
    )


def _agents_blocked(evidence: Evidence) -> Iterator[Hit]:
    """L-115; what L-54 says is left to it."""
    yield from _unreachable(
        evidence,
        {
            index: ports
            for index, pod in enumerate(evidence.state.pods)
            if not pod.scrape
            and not pod.host_network
            and (ports := [e.port for e in pod.ports if e.name in _METRICS_NAMES])
        },
        "declares a port for metrics",
    )


def _unreachable(evidence: Evidence, wanted: dict[int, list[int]], what: str) -> Iterator[Hit]:
    """Pods whose metrics no collector can fetch, by workload."""
    collectors = _collectors(evidence)
    if not collectors:
        return
    names = [f"{each.namespace}/{each.name}" for each in evidence.refs(collectors)]
    seen: set[tuple[int, int]] = set()
    for index, ports in wanted.items():
        bit = evidence.class_of[index]
        for port in ports:
            if (bit, port) in seen or collectors >> bit & 1:
                continue
            seen.add((bit, port))
            if _open(collectors, bit, port, evidence):
                continue
            ref = evidence.state.pods[index].workload
            policies = [
                *evidence.isolating(bit, Direction.INGRESS),
                *evidence.isolating(next(bits_of(collectors)), Direction.EGRESS),
            ]
            yield Hit(
                f"{ref.namespace}/{ref.name} {what} on port {port}, and"
                f" {shortened(names)} cannot reach it.",
                (
                    evidence.workload_place(ref),
                    *(evidence.place(each) for each in policies),
                ),
                (str(evidence.refs(collectors)[0]), str(ref)),
                f"{port}/TCP",
            )


def _open(sources: int, bit: int, port: int, evidence: Evidence) -> bool:
    wanted = ConnectionSet.of("TCP", port, port)
    evaluation = evidence.evaluation
    for each in evaluation.rectangles_between(sources, 1 << bit):
        if each.connections & wanted:
            return True
    return False


CHECKS = (
    Check(
        "L-45",
        "error",
        "A target port that the pods do not declare",
        "The Service has no backends for that port.",
        _no_target,
    ),
    Check(
        "L-47",
        "warning",
        "A Service that is only partly reachable",
        "Some backends are denied, so errors come and go.",
        _partly_reachable,
    ),
    Check(
        "L-54",
        "warning",
        "Metrics cannot be scraped",
        "The target is down in Prometheus although the pod is well.",
        _scrape_blocked,
    ),
    Check(
        "L-115",
        "warning",
        "A metrics port that the collector cannot reach",
        "What cannot be observed fails unseen.",
        _agents_blocked,
    ),
)
