"""What a check is, and what it finds: values that every door shows alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from policies.evaluator.errors import Severity

if TYPE_CHECKING:
    from policies.evaluator.lint.evidence import Evidence

__all__ = ["SEVERITIES", "Check", "Finding", "Fix", "Hit", "Place"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From worst to least."""


class Place(msgspec.Struct, frozen=True):
    """An object that a finding is about, and the field of it where it is written."""

    object: str
    source: str = ""
    line: int = 0
    path: str = ""

    @property
    def namespace(self) -> str:
        """The namespace of the object, or the object itself where it is one."""
        parts = self.object.split("/")
        return parts[1] if len(parts) > 2 or parts[0] == "Namespace" else ""

    def to_json(self) -> dict[str, Any]:
        """The place as answers show it."""
        return {
            "object": self.object,
            "source": self.source,
            "line": self.line or None,
            "path": self.path,
        }


class Fix(msgspec.Struct, frozen=True):
    """A draft that would remove a finding: manifests to apply and keys of objects to delete."""

    title: str
    yaml: str = ""
    delete: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The fix as answers show it."""
        return {"title": self.title, "yaml": self.yaml, "delete": list(self.delete)}


class Hit(msgspec.Struct, frozen=True):
    """What one check found in one place. `here` says in one or two sentences why it bites here.

    The first of `objects` is what the finding is about; the rest is what it touches. `show` are
    nodes of the map, or a pair of them with `port` to ask about. `severity` overrules the check's.
    """

    here: str
    objects: tuple[Place, ...] = ()
    show: tuple[str, ...] = ()
    port: str = ""
    fix: Fix | None = None
    severity: Severity | None = None


class Check(msgspec.Struct, frozen=True):
    """One entry of the catalogue (semantics G): `title` is what is found, `why` why it matters."""

    id: str
    severity: Severity
    title: str
    why: str
    find: Callable[[Evidence], Iterable[Hit]]


class Finding(msgspec.Struct, frozen=True):
    """A hit with the check it belongs to. `suppressed` is the reason of whoever decided to live
    with it; None counts."""

    id: str
    severity: Severity
    family: str
    title: str
    why: str
    here: str
    objects: tuple[Place, ...]
    show: tuple[str, ...] = ()
    port: str = ""
    fix: Fix | None = None
    suppressed: str | None = None

    @property
    def key(self) -> str:
        """`L-02-1f0c9a3e`: the same finding at the same objects has the same key."""
        about = "|".join(f"{each.object} {each.path}" for each in self.objects[:1])
        digest = hashlib.sha256(f"{about}|{self.here}".encode()).hexdigest()
        return f"{self.id}-{digest[:8]}"

    @property
    def namespaces(self) -> frozenset[str]:
        """The namespaces of everything that the finding touches."""
        return frozenset(each.namespace for each in self.objects) - {""}

    def to_json(self) -> dict[str, Any]:
        """The finding as every door gives it."""
        return {
            "key": self.key,
            "id": self.id,
            "severity": self.severity,
            "family": self.family,
            "title": self.title,
            "why": self.why,
            "here": self.here,
            "objects": [each.to_json() for each in self.objects],
            "show": list(self.show),
            "port": self.port or None,
            "fix": self.fix.to_json() if self.fix else None,
            "suppressed": self.suppressed,
        }
