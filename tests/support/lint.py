"""Tables of findings: for each id a state where it is found, and a near miss where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from policies.evaluator.documents import SourceText
from policies.evaluator.engine import evaluate
from policies.evaluator.lint import lint
from policies.evaluator.lint.finding import Finding
from policies.evaluator.profile import Profile
from policies.evaluator.read import read_state
from policies.evaluator.state import (
    ClusterState,
    ContainerPort,
    FinishedPod,
    Namespace,
    Node,
    Pod,
    PolicyObject,
    Service,
    ServicePort,
    Workload,
)
from policies.evaluator.whatif import overlay
from tests.support.states import state

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

__all__ = ["Case", "Given", "case", "finished", "given", "ids_of", "listening", "service", "udp"]

Given = Namespace | Pod | PolicyObject | Node | Workload | Service | FinishedPod | str


@dataclass(frozen=True)
class Case:
    """A finding, where it is found, what it then says, and where it is not found."""

    id: str
    fires: ClusterState
    quiet: ClusterState
    says: tuple[str, ...]
    profile: Profile
    quiet_profile: Profile

    def found(self) -> list[Finding]:
        """The findings of this id where it must be found."""
        return [each for each in lint(evaluate(self.fires, self.profile)) if each.id == self.id]

    def missed(self) -> list[Finding]:
        """Those where it must not be found."""
        findings = lint(evaluate(self.quiet, self.quiet_profile))
        return [each for each in findings if each.id == self.id]


def case(
    finding: str,
    title: str,
    *,
    fires: Sequence[Given],
    quiet: Sequence[Given],
    says: str | tuple[str, ...],
    profile: Profile = Profile(),
    quiet_profile: Profile | None = None,
) -> ParameterSet:
    """A row for `pytest.mark.parametrize`, marked with its id."""
    row = Case(
        finding,
        given(*fires),
        given(*quiet),
        (says,) if isinstance(says, str) else says,
        profile,
        profile if quiet_profile is None else quiet_profile,
    )
    return pytest.param(row, id=f"{finding} {title}", marks=pytest.mark.law(finding))


def given(*objects: Given) -> ClusterState:
    """A state of objects; a text is a manifest that is read."""
    texts = [each for each in objects if isinstance(each, str)]
    services = [each for each in objects if isinstance(each, Service)]
    gone = [each for each in objects if isinstance(each, FinishedPod)]
    made = state(*(each for each in objects if not isinstance(each, Service | FinishedPod | str)))
    made = msgspec.structs.replace(
        made,
        services=tuple(sorted(services, key=lambda each: (each.namespace, each.name))),
        finished=tuple(sorted(gone)),
    )
    if not texts:
        return made
    read = read_state([SourceText(f"{i}.yaml", text.encode()) for i, text in enumerate(texts)])
    return overlay(made, read)


def ids_of(found: Sequence[Finding]) -> list[str]:
    return [each.id for each in found]


def service(
    place: str,
    selector: dict[str, str] | None = None,
    *ports: ServicePort,
    labels: dict[str, str] | None = None,
    ip: str = "",
    type: str = "ClusterIP",
) -> Service:
    """The Service `namespace/name`; without ports it has port 80."""
    where, _, name = place.partition("/")
    return Service(
        namespace=where,
        name=name,
        type=type,
        selector=selector or {},
        cluster_ips=(ip,) if ip else (),
        ports=ports or (ServicePort(80),),
        labels=labels or {},
    )


def listening(pod: Pod, *ports: ContainerPort | int) -> Pod:
    """The pod with more container ports; a number is a TCP port without a name."""
    more = tuple(
        ContainerPort("", "TCP", each) if isinstance(each, int) else each for each in ports
    )
    return msgspec.structs.replace(pod, ports=(*pod.ports, *more))


def udp(number: int, name: str = "") -> ContainerPort:
    return ContainerPort(name, "UDP", number)


def finished(place: str, labels: dict[str, str]) -> FinishedPod:
    where, _, name = place.partition("/")
    return FinishedPod(where, name, "Succeeded", tuple(sorted(labels.items())))
