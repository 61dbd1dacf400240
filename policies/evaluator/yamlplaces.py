"""Where the fields of a manifest stand in its text."""

from __future__ import annotations

import yaml

__all__ = ["lines_of_fields"]


def lines_of_fields(text: str) -> dict[str, tuple[int, int]]:
    """First and last line (from 1) of every mapping, list and value of a YAML text, by its path."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found: dict[str, tuple[int, int]] = {}
    waiting = [(root, "")] if root is not None else []
    while waiting:
        node, path = waiting.pop()
        first, end = node.start_mark.line + 1, node.end_mark
        # What is written in block style ends where the next thing begins.
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        found[path] = (first, max(first, end.line if block else end.line + 1))
        if isinstance(node, yaml.MappingNode):
            waiting += [(value, f"{path}.{key.value}".lstrip(".")) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(item, f"{path}[{index}]") for index, item in enumerate(node.value)]
    return found
