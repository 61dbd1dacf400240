"""Which Services lead to a destination: the names that clients dial (F-36)."""

from __future__ import annotations

from typing import Any

import msgspec

from policies.evaluator.connections import ConnectionSet
from policies.evaluator.entry.objects import ServicePort
from policies.evaluator.entry.services import Services, Target
from policies.evaluator.questions import Port

__all__ = ["ServiceUse", "services_to"]


class ServiceUse(msgspec.Struct, frozen=True, order=True):
    """A port of a Service that ends at a port of the destination; `opened` if the flow is."""

    service: str
    protocol: str
    port: int
    target: int
    opened: bool
    source: str
    line: int

    def to_json(self) -> dict[str, Any]:
        """One entry of `services` in an explanation."""
        return {
            "service": self.service,
            "port": f"{self.port}/{self.protocol}",
            "target": f"{self.target}/{self.protocol}",
            "opened": self.opened,
            "source": self.source,
            "line": self.line or None,
        }


def services_to(
    services: Services, pods: int, opened: ConnectionSet, port: Port | None = None
) -> list[ServiceUse]:
    """The ports of Services behind which some of the pods stand; `opened` is what flows to them.

    Of a connection to one `port` only those that end there, and those that are dialled there: who
    names the port of the Service means the one that it maps to (L-46).
    """
    found = set()
    for service in services.state.services:
        for mapped in service.ports:
            for each in services.dialled(service, mapped):
                if each.pods & pods and _is_meant(port, mapped, each):
                    found.add(
                        ServiceUse(
                            service=service.key,
                            protocol=mapped.protocol,
                            port=mapped.port,
                            target=each.port,
                            opened=_is_open(each, opened),
                            source=service.origin.source,
                            line=service.origin.line,
                        )
                    )
    return sorted(found)


def _is_meant(asked: Port | None, mapped: ServicePort, target: Target) -> bool:
    if asked is None:
        return True
    return asked.protocol == target.protocol and asked.number in (mapped.port, target.port)


def _is_open(target: Target, opened: ConnectionSet) -> bool:
    return opened.allows(target.protocol, target.port)
