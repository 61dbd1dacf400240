"""The policy kinds that netviz evaluates: every module of this package that defines `KIND`."""

from __future__ import annotations

import importlib
import pkgutil

from policies.evaluator.policy import PolicyKind

__all__ = ["EVALUATED", "kind_of"]


def _discover() -> tuple[PolicyKind, ...]:
    modules = (
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
        if not info.name.startswith("_")
    )
    found = [module.KIND for module in modules]
    return tuple(sorted(found, key=lambda kind: (kind.tier, kind.kind, kind.api_versions)))


EVALUATED = _discover()
_BY_NAME = {(version, kind.kind): kind for kind in EVALUATED for version in kind.api_versions}


def kind_of(api_version: str, kind: str) -> PolicyKind | None:
    """The kind that evaluates such objects; None when netviz does not evaluate them (B-03)."""
    return _BY_NAME.get((api_version, kind))
