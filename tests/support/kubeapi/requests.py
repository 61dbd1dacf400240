"""What a request asks for, read from its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Address", "Seen", "address_of"]


class Seen(NamedTuple):
    """A request that came in; the path is decoded."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str | None


@dataclass(frozen=True)
class Address:
    """A resource, or an object of it; without a plural only a group and its version."""

    group: str
    version: str
    namespace: str = ""
    plural: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """Where the object is kept. The namespace of a namespace is itself only to RBAC."""
        if self.plural == "namespaces" and not self.group:
            return self.name
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def verb(self, method: str, watches: bool) -> str:
        """What is asked for, as RBAC names it."""
        if method in ("GET", "HEAD"):
            return "get" if self.name else "watch" if watches else "list"
        verbs = {"POST": "create", "PUT": "update", "PATCH": "patch"}
        return verbs.get(method) or ("delete" if self.name else "deletecollection")


def address_of(path: str) -> Address:
    """What a path names; no resource where it is not below a version."""
    parts = path.strip("/").split("/")
    if parts[:1] == ["api"] and len(parts) >= 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) >= 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return Address("", "")
    if len(rest) >= 3 and rest[0] == "namespaces":
        return Address(group, version, rest[1], rest[2], "/".join(rest[3:]))
    if len(rest) == 2 and rest[0] == "namespaces" and not group:
        return Address(group, version, rest[1], "namespaces", rest[1])
    return Address(group, version, "", rest[0] if rest else "", "/".join(rest[1:]))
