"""Paths through Ingresses (F-41, F-42)."""

from __future__ import annotations

from policies.evaluator.entry.objects import Ingress
from policies.evaluator.entry.paths import Door, PathFinder

__all__ = ["find_ingress_paths"]


def find_ingress_paths(finder: PathFinder) -> None:
    """Every rule and default backend of every Ingress."""
    for ingress in finder.evaluation.state.entry.ingresses:
        _of(ingress, finder)


def _of(ingress: Ingress, finder: PathFinder) -> None:
    whole = Door("Ingress", ingress.key, ingress.origin, finder.sources.of_ingress(ingress))
    if finder.sources.class_of(ingress) is None:
        # An older controller goes by the name alone, so this is no reason to say nothing.
        if not ingress.class_name:
            text = "it names no class and the cluster has no default one: it may not be served"
            finder.issue(whole, "no-class", text)
    for each in ingress.paths:
        door = Door(
            kind=whole.kind,
            object=whole.object,
            origin=whole.origin,
            callers=whole.callers,
            line=each.line,
            host=each.host,
            path=each.path,
        )
        finder.through_service(door, ingress.namespace, each.service, each.port)
