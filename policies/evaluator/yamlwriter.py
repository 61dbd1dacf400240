"""Manifests as YAML text that every reader takes for the same values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

__all__ = ["written"]


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.1 takes for a boolean, as the names `y` and `n`."""

    def ignore_aliases(self, data: Any) -> bool:
        """The same value twice is written twice: no reader of a policy wants anchors."""
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:y|Y|n|N)$"), list("yYnN"))


def written(manifest: Mapping[str, Any]) -> str:
    """The manifest, keys in their order."""
    return yaml.dump(dict(manifest), Dumper=_Dumper, sort_keys=False, allow_unicode=True)
