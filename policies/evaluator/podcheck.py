"""Quick checks of pods and templates: 10,000 right ones cost little, a wrong one is reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.evaluator import names
from policies.evaluator.checks import check_labels
from policies.evaluator.connections import PORT_MAX, PORT_MIN, PROTOCOLS
from policies.evaluator.errors import Severity
from policies.evaluator.fields import Cursor, Report, describe
from policies.evaluator.schema import (
    Container,
    Metadata,
    OwnerReference,
    PodObject,
    PodSpec,
    PodStatus,
    PodTemplate,
    Port,
)

__all__ = ["PodCheck"]

# Names and labels repeat; past this many the memory of them is not worth its room.
_REMEMBERED = 100_000


class PodCheck:
    """Remembers labels and ports that are right, within one reading."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._values: set[str] = set()
        self._ports: set[Port] = set()
        self._names: set[str] = set()
        self._kinds: set[str] = set()

    def metadata_is_right(self, metadata: Metadata) -> bool:
        """Whether name, namespace and labels are; when not, the slow check says why."""
        name = metadata.name
        if not name or names.object_name_fault(name):
            return False
        namespace = metadata.namespace
        if namespace and names.namespace_fault(namespace):
            return False
        return self._labels_are_right(metadata.labels)

    def _labels_are_right(self, labels: Mapping[str, str] | None) -> bool:
        keys, values = self._keys, self._values
        for key, value in (labels or {}).items():
            if key not in keys:
                if names.label_key_fault(key):
                    return False
                if len(keys) < _REMEMBERED:
                    keys.add(key)
            if value not in values:
                if names.label_value_fault(value):
                    return False
                if len(values) < _REMEMBERED:
                    values.add(value)
        return True

    def template(self, template: PodTemplate, cursor: Cursor) -> None:
        """Report what is wrong with a pod template."""
        metadata = template.metadata
        if metadata is not None and not self._labels_are_right(metadata.labels):
            check_labels(cursor.child("metadata").child("labels"), "warning")
        if template.spec is not None:
            self._spec(template.spec, cursor.child("spec"))

    def pod(self, body: PodObject, cursor: Cursor) -> None:
        """Report what is wrong with a live pod, other than its metadata."""
        if body.spec is not None:
            self._spec(body.spec, cursor.child("spec"))
        status = body.status or PodStatus()
        for address in {status.pod_ip, *(each.ip for each in status.pod_ips or ())}:
            if address and not names.is_address(address):
                cursor.child("status").problem(f"must hold IP addresses; found {describe(address)}")
        owners = (body.metadata.owner_references if body.metadata else None) or ()
        for index, owner in enumerate(owners):
            self._owner(owner, cursor.report, index)

    def is_right(
        self, labels: Mapping[str, str], owners: Iterable[OwnerReference], account: str
    ) -> bool:
        """Whether these are right for a live pod; when not, the slow check says why."""
        for owner in owners:
            if not owner.kind or not (owner.kind in self._kinds or self._is_kind(owner.kind)):
                return False
            if owner.name not in self._names and names.object_name_fault(owner.name):
                return False
        return self._labels_are_right(labels) and (not account or self.is_name(account))

    def ports_are_right(self, spec: PodSpec) -> bool:
        """Whether those of all containers are; when not, the slow check says why."""
        for container in (*(spec.containers or ()), *(spec.init_containers or ())):
            for port in container.ports or ():
                if port not in self._ports and _port_fault(port) is not None:
                    return False
        return True

    def _is_kind(self, text: str) -> bool:
        if text not in self._kinds and names.kind_fault(text) is None:
            self._kinds.add(text)
        return text in self._kinds

    def is_name(self, text: str) -> bool:
        """Whether a node, an account or an owner may be called so."""
        return self._name_fault(text) is None

    def _name_fault(self, text: str) -> str | None:
        """Names of nodes, accounts and owners are shared by many pods."""
        if text in self._names:
            return None
        fault = names.object_name_fault(text)
        if fault is None and len(self._names) < _REMEMBERED:
            self._names.add(text)
        return fault

    def _owner(self, owner: OwnerReference, report: Report, index: int) -> None:
        keys = ("metadata", "ownerReferences", index)
        if not owner.kind:
            report.add((*keys, "kind"), "is missing: the owner is taken for a Pod", "warning")
        elif fault := names.kind_fault(owner.kind):
            report.add((*keys, "kind"), f"{fault}; found {describe(owner.kind)}")
        if fault := self._name_fault(owner.name):
            severity: Severity = "warning" if names.usable_name(owner.name) else "error"
            report.add((*keys, "name"), f"{fault}; found {describe(owner.name)}", severity)

    def _spec(self, spec: PodSpec, cursor: Cursor) -> None:
        for field in ("containers", "initContainers"):
            containers = spec.containers if field == "containers" else spec.init_containers
            for index, container in enumerate(containers or ()):
                self._container(container, cursor, (field, index))
        for field, text in (
            ("nodeName", spec.node_name),
            ("serviceAccountName", spec.service_account_name),
        ):
            if text and (fault := self._name_fault(text)):
                cursor.child(field).problem(f"{fault}; found {describe(text)}")

    def _container(self, container: Container, spec: Cursor, place: tuple[str, int]) -> None:
        for index, port in enumerate(container.ports or ()):
            if port in self._ports:
                continue
            fault = _port_fault(port)
            if fault:
                field, message, severity = fault
                keys = (*spec.keys, *place, "ports", index, field)
                spec.report.add(keys, message, severity)
            elif len(self._ports) < _REMEMBERED:
                self._ports.add(port)


def _port_fault(port: Port) -> tuple[str, str, Severity] | None:
    if not PORT_MIN <= port.container_port <= PORT_MAX:
        found = describe(port.container_port)
        return "containerPort", f"must be from {PORT_MIN} to {PORT_MAX}; found {found}", "error"
    if port.protocol and port.protocol not in PROTOCOLS:
        found = describe(port.protocol)
        return "protocol", f"must be TCP, UDP or SCTP; found {found}", "error"
    if port.name and (fault := names.port_name_fault(port.name)):
        # No valid policy can ask for such a name, so the port does no harm.
        return "name", f"{fault}; found {describe(port.name)}", "warning"
    return None
