"""Checks that every kind of object shares: names, namespaces, labels and label selectors."""

from __future__ import annotations

from policies.evaluator import names
from policies.evaluator.errors import Severity
from policies.evaluator.fields import Cursor, describe, did_you_mean, quote_it

__all__ = [
    "check_labels",
    "check_metadata",
    "check_namespace_name",
    "check_selector",
    "one_of",
]

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def check_metadata(metadata: Cursor, *, strict: bool = True) -> None:
    """A-V01: the name, and the namespace where there is one.

    Not `strict`: a wrong name that can still be used is a warning, since leaving out a workload
    would say more wrong things than naming it. A wrong namespace is an error always: there is no
    such place, and its policies and pods would be shown as if there was.
    """
    if not metadata.mapping():
        if not metadata.present:
            metadata.problem("is missing: every object needs metadata.name")
        return
    name = metadata.child("name")
    given = name.string()
    if given is None and not name.present and not metadata.child("generateName").string():
        name.problem("is missing: every object needs a name")
    elif given is not None and (fault := names.object_name_fault(given)):
        _bad_name(name, fault, given, strict)
    check_namespace_name(metadata.child("namespace"))


def check_namespace_name(name: Cursor) -> None:
    """The name of a namespace, its own or where an object is put; absent is right."""
    text = name.string()
    if text and (fault := names.namespace_fault(text)):
        _bad_name(name, fault, text, strict=True)


def _bad_name(cursor: Cursor, fault: str, text: str, strict: bool) -> None:
    hint = " (an unrendered Helm template? run `helm template` first)" if "{{" in text else ""
    severity: Severity = "error" if strict or not names.usable_name(text) else "warning"
    cursor.problem(f"{fault}; found {describe(text)}{hint}", severity)


def check_labels(labels: Cursor, severity: Severity = "error") -> None:
    """Keys are qualified names, values short plain strings (A-V02).

    `severity` is that of a label the API server rejects; one that is no string is an error always.
    """
    for key, entry in labels.entries():
        if fault := names.label_key_fault(key):
            entry.problem(f"{fault}; found the key {describe(key)}", severity)
        value = entry.value
        if not isinstance(value, str):
            _not_a_string(entry)
        elif fault := names.label_value_fault(value):
            entry.problem(f"a label value {fault}; found {describe(value)}", severity)


def _not_a_string(entry: Cursor) -> None:
    found = f"{describe(entry.value)}{quote_it(entry.value)}"
    entry.problem(f"a label value must be a string; found {found}")


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
            _not_a_string(value)
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
