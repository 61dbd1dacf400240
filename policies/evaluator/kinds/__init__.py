"""The policy kinds that netviz reads: every module here that defines `KIND` or `OPAQUE`.

Kinds of `KIND` are evaluated; those of `OPAQUE` are read only far enough to know whom they may
select, and leave that unknown.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from policies.evaluator.kinds._opaque import OpaqueKind
from policies.evaluator.policy import PolicyKind

__all__ = ["EVALUATED", "OPAQUE", "kind_of", "opaque_kind_of"]


def _modules() -> list[ModuleType]:
    # Not by pkgutil: to tell modules from other files it loads `inspect`, with Python's compiler.
    files = sorted(name for folder in __path__ for name in os.listdir(folder))
    return [
        importlib.import_module(f"{__name__}.{name.removesuffix('.py')}")
        for name in files
        if name.endswith(".py") and not name.startswith("_")
    ]


def _discover() -> tuple[PolicyKind, ...]:
    found = [module.KIND for module in _modules() if hasattr(module, "KIND")]
    return tuple(sorted(found, key=lambda kind: (kind.tier, kind.kind, kind.api_versions)))


def _discover_opaque() -> tuple[OpaqueKind, ...]:
    found = [kind for module in _modules() for kind in getattr(module, "OPAQUE", ())]
    return tuple(sorted(found, key=lambda kind: (kind.groups, kind.kind)))


EVALUATED = _discover()
OPAQUE = _discover_opaque()
_BY_NAME = {(version, kind.kind): kind for kind in EVALUATED for version in kind.api_versions}
_OPAQUE_BY_NAME = {(group, kind.kind): kind for kind in OPAQUE for group in kind.groups}


def kind_of(api_version: str, kind: str) -> PolicyKind | None:
    """The kind that evaluates such objects; None when netviz does not evaluate them (B-03)."""
    return _BY_NAME.get((api_version, kind))


def opaque_kind_of(api_version: str, kind: str) -> OpaqueKind | None:
    """The kind that knows whom such objects may select, in any version of its group."""
    return _OPAQUE_BY_NAME.get((api_version.rpartition("/")[0], kind))
