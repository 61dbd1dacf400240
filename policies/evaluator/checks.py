"""Checks that every kind of object shares: names, namespaces, labels and label selectors."""

from __future__ import annotations

from policies.evaluator import names
from policies.evaluator.fields import Cursor, describe, did_you_mean

__all__ = ["check_labels", "check_metadata", "check_selector", "one_of"]

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def check_metadata(metadata: Cursor, *, namespaced: bool = True) -> None:
    """A-V01: the name, and the namespace where there is one."""
    if not metadata.mapping():
        if not metadata.present:
            metadata.problem("is missing: every object needs metadata.name")
        return
    name = metadata.child("name")
    given = name.string()
    if given is None and not name.present and not metadata.child("generateName").string():
        name.problem("is missing: every object needs a name")
    elif given is not None and (fault := names.object_name_fault(given)):
        name.problem(f"{fault}; found {describe(given)}{_template(given)}")
    namespace = metadata.child("namespace")
    text = namespace.string()
    if namespaced and text and (fault := names.namespace_fault(text)):
        namespace.problem(f"{fault}; found {describe(text)}{_template(text)}")


def _template(text: str) -> str:
    return " (an unrendered Helm template? run `helm template` first)" if "{{" in text else ""


def check_labels(labels: Cursor) -> None:
    """Keys are qualified names, values short plain strings (A-V02)."""
    for key, entry in labels.entries():
        if fault := names.label_key_fault(key):
            entry.problem(f"{fault}; found the key {describe(key)}")
        value = entry.value
        if not isinstance(value, str):
            hint = "" if isinstance(value, dict | list) else " (put it in quotes)"
            entry.problem(f"a label value must be a string; found {describe(value)}{hint}")
        elif fault := names.label_value_fault(value):
            entry.problem(f"a label value {fault}; found {describe(value)}")


def check_selector(selector: Cursor) -> None:
    """A-V02, A-58: a labelSelector; absent is right."""
    if not selector.mapping(
        "matchLabels",
        "matchExpressions",
        consequence="The API server would drop it, and the selector would match more.",
    ):
        return
    check_labels(selector.child("matchLabels"))
    for expression in selector.child("matchExpressions").items():
        _check_expression(expression)


def _check_expression(expression: Cursor) -> None:
    if not expression.mapping("key", "operator", "values"):
        if not expression.present:
            expression.problem("must be a mapping with key and operator; found nothing (null)")
        return
    key = expression.child("key")
    text = key.string()
    if not text:
        if not key.present or text == "":
            key.problem("is missing: an expression needs a label key")
    elif fault := names.label_key_fault(text):
        key.problem(f"{fault}; found {describe(text)}")
    operator = one_of(expression.child("operator"), _OPERATORS, required=True)
    values = expression.child("values")
    given = list(values.items())
    if operator in ("In", "NotIn") and not given and isinstance(values.value, list | None):
        values.problem(f"must hold at least one value for the operator {operator}; found none")
    if operator in ("Exists", "DoesNotExist") and given:
        values.problem(f"must be empty for the operator {operator}; found {len(given)}")
    for value in given:
        if not isinstance(value.value, str):
            value.problem(
                f"a label value must be a string; found {describe(value.value)} (put it in quotes)"
            )
        elif fault := names.label_value_fault(value.value):
            value.problem(f"a label value {fault}; found {describe(value.value)}")


def one_of(cursor: Cursor, allowed: tuple[str, ...], *, required: bool = False) -> str | None:
    """The word under `cursor` when it is one of `allowed`; reports any other."""
    listed = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
    if not cursor.present:
        if required:
            cursor.problem(f"is missing: must be {listed}")
        return None
    value = cursor.value
    if isinstance(value, str) and value in allowed:
        return value
    hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
    cursor.problem(f"must be {listed}; found {describe(value)}{hint}")
    return None
