"""Manifests as YAML text that every reader takes for the same values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

__all__ = ["in_usual_order", "written"]

# Fields in the order in which people write them; others follow by their names. A state keeps none.
_USUAL = (
    "apiVersion", "kind", "metadata", "spec", "specs", "tier", "priority", "order", "subject",
    "podSelector", "endpointSelector", "nodeSelector", "selector", "name", "action",
    "policyTypes", "types", "ingress", "ingressDeny", "egress", "egressDeny",
    "from", "to", "namespaceSelector", "ports", "protocol", "port", "endPort",
    "key", "operator", "values",
)  # fmt: skip
_PLACE = {name: place for place, name in enumerate(_USUAL)}


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.1 takes for a boolean, as the names `y` and `n`."""

    def ignore_aliases(self, data: Any) -> bool:
        """The same value twice is written twice: no reader of a policy wants anchors."""
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:y|Y|n|N)$"), list("yYnN"))


def in_usual_order(value: Any) -> Any:
    """The same data with the keys of every mapping as a person would write them."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (_PLACE.get(key, len(_PLACE)), str(key)))
        return {key: in_usual_order(value[key]) for key in keys}
    if isinstance(value, list):
        return [in_usual_order(each) for each in value]
    return value


def written(manifest: Mapping[str, Any]) -> str:
    """The manifest, keys in their order."""
    return yaml.dump(dict(manifest), Dumper=_Dumper, sort_keys=False, allow_unicode=True)
