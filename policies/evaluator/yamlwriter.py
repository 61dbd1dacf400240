"""Objects to YAML text that Kubernetes reads back as they were."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import yaml

from policies.evaluator.scalars import resolve

__all__ = ["in_usual_order", "policy_yaml", "write_yaml"]

# As policies are written by hand; a kept snapshot has forgotten the order of its files.
_ORDER = (
    "apiVersion", "kind", "metadata", "spec", "specs",
    "name", "tier", "priority", "order", "subject", "action", "namespaceSelector", "podSelector",
    "endpointSelector", "nodeSelector", "selector", "namespaces", "pods", "policyTypes", "types",
    "matchLabels", "matchExpressions", "key", "operator", "values", "ingress", "ingressDeny",
    "egress", "egressDeny", "from", "to", "ipBlock", "cidr", "except", "ports", "protocol", "port",
    "endPort",
)  # fmt: skip
_RANKS = {name: rank for rank, name in enumerate(_ORDER)}


class _Writer(yaml.CSafeDumper):
    """Quotes what Kubernetes would not read as a string: PyYAML leaves `y` and `1e3` plain.

    Written by libyaml, as findings of a large cluster propose thousands of policies.
    """

    def ignore_aliases(self, data: Any) -> bool:
        """No anchors: people read this."""
        return True


def _text(writer: _Writer, text: str) -> yaml.ScalarNode:
    try:
        plain = resolve(text) == text
    except ValueError:
        plain = False
    style = None if plain else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _text)


def write_yaml(document: Mapping[str, Any]) -> str:
    """One document, its fields in the order given."""
    return yaml.dump(dict(document), Dumper=_Writer, sort_keys=False, allow_unicode=True)


def policy_yaml(
    api_version: str,
    kind: str,
    namespace: str,
    name: str,
    spec: Mapping[str, Any],
    beside: Mapping[str, Any] = MappingProxyType({}),
    labels: Mapping[str, str] = MappingProxyType({}),
    annotations: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """A policy, with the fields that stand beside its spec; comments and order of the file it came
    from are not kept."""
    metadata = {
        "name": name,
        "namespace": namespace,
        "labels": dict(sorted(labels.items())),
        "annotations": dict(sorted(annotations.items())),
    }
    return write_yaml(
        {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {key: value for key, value in metadata.items() if value},
            **({"spec": in_usual_order(spec)} if spec or not beside else {}),
            **in_usual_order(beside),
        }
    )


def in_usual_order(value: Any) -> Any:
    """The same data with the keys of every mapping as a person would write them."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (_RANKS.get(key, len(_RANKS)), key))
        return {key: in_usual_order(value[key]) for key in keys}
    return [in_usual_order(each) for each in value] if isinstance(value, list) else value
