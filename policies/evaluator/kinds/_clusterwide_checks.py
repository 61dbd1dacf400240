"""What the API server rejects in a cluster-wide policy (semantics B.7), with path and line."""

from __future__ import annotations

from policies.evaluator.checks import check_metadata, check_selector, one_of
from policies.evaluator.fields import Cursor, describe, did_you_mean
from policies.evaluator.kinds._clusterports import check_ports
from policies.evaluator.kinds._clusterwide import (
    ADDRESS_FIELDS,
    PEERS_FIELD,
    POD_FIELDS,
    Dialect,
    is_unknown_peer,
)
from policies.evaluator.kinds._fields import network
from policies.evaluator.patterns import Lazy
from policies.evaluator.policy import Direction

__all__ = ["check_priority", "check_rules", "check_subject", "check_top"]

_PRIORITY_MAX = 1000
_RULE_NAME_MAX = 100
_LIST_MAX = 25
_CIDR_MAX = 43
_DOMAIN = Lazy(
    r"(?:\*\.)?(?:[a-zA-Z0-9](?:[-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+"
    r"[a-zA-Z0-9](?:[-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?"
)
_DOMAIN_MAX = 253
_SELECTOR_FIELDS = ("matchLabels", "matchExpressions")
# Shapes of v0.1.0 and v0.1.1 (B-52): a newer API server drops them, and all namespaces are left.
_OLD_SHAPES = ("namespaceSelector", "sameLabels", "notSameLabels", "notSelf", "related")
# What people write who have NetworkPolicy in mind.
_OF_NETWORKPOLICY = ("podSelector", "namespaceSelector", "ipBlock", "namespacedPods")


def check_top(cursor: Cursor, *fields: str) -> Cursor | None:
    """Metadata and the known fields; gives the spec, or None after reporting that it is missing."""
    cursor.mapping("apiVersion", "kind", "metadata", "spec", "status")
    metadata = cursor.child("metadata")
    check_metadata(metadata)
    if metadata.child("namespace").present:
        metadata.child("namespace").problem(
            f"{cursor.value['kind']} is cluster-wide: the API server drops the namespace", "warning"
        )
    spec = cursor.child("spec")
    if spec.mapping(*fields):
        return spec
    if not spec.present:
        spec.problem("is missing: a policy needs a subject and rules")
    return None


def check_priority(priority: Cursor) -> None:
    """B-V01: 0 to 1000, and there must be one."""
    value = priority.value
    if value is None:
        priority.problem(f"is missing: must be a number from 0 to {_PRIORITY_MAX}, 0 is strongest")
    elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _PRIORITY_MAX:
        priority.problem(f"must be a number from 0 to {_PRIORITY_MAX}; found {describe(value)}")


def check_subject(subject: Cursor, dialect: Dialect) -> None:
    """B-30: whole namespaces or pods, exactly one of them."""
    if not subject.mapping():
        if not subject.present:
            subject.problem("is missing: must set namespaces or pods")
        return
    _one_field(subject, POD_FIELDS)
    _check_pods(subject, dialect)


def check_rules(
    spec: Cursor,
    direction: Direction,
    dialect: Dialect,
    actions: tuple[str, ...],
    peers: tuple[str, ...],
) -> None:
    """Every rule of a direction; `peers` are the fields that a peer of it may set."""
    rules = spec.child(direction.value)
    _check_count(rules, dialect.most_rules, least=0)
    for rule in rules.items():
        _check_rule(rule, direction, dialect, actions, peers)


def _check_rule(
    rule: Cursor,
    direction: Direction,
    dialect: Dialect,
    actions: tuple[str, ...],
    allowed: tuple[str, ...],
) -> None:
    field = PEERS_FIELD[direction]
    dropped = f"The API server would drop it, and without {dialect.ports} a rule means every port."
    if not rule.mapping("name", "action", field, dialect.ports, consequence=dropped):
        if not rule.present:
            rule.problem(f"must be a mapping with action and {field}; found nothing (null)")
        return
    name = rule.child("name").string()
    if name is not None and len(name) > _RULE_NAME_MAX:
        rule.child("name").problem(
            f"must have at most {_RULE_NAME_MAX} characters; found {len(name)}"
        )
    action = one_of(rule.child("action"), actions, required=True)
    peers = rule.child(field)
    if not peers.present:
        peers.problem("is missing: a rule must name at least one peer ({namespaces: {}} is all)")
    _check_count(peers, dialect.most_peers)
    for peer in peers.items():
        _check_peer(peer, direction, dialect, allowed, action)
    check_ports(rule.child(dialect.ports), dialect)
    _check_named_ports(rule, field, dialect)


def _check_count(items: Cursor, most: int, *, least: int = 1) -> None:
    if not isinstance(items.value, list):
        return
    if len(items.value) < least:
        items.problem("must hold at least one entry; found none")
    elif len(items.value) > most:
        items.problem(f"must have at most {most} entries; found {len(items.value)}")


def _check_peer(
    peer: Cursor,
    direction: Direction,
    dialect: Dialect,
    allowed: tuple[str, ...],
    action: str | None,
) -> None:
    """B-40, B-42, B-50: exactly one field, and one that the direction has."""
    if not peer.mapping():
        if not peer.present:
            peer.problem(f"must set one of {', '.join(allowed)}; found nothing (null)")
        return
    if _is_of_a_newer_version(peer, direction, allowed):
        effect = "matches nothing" if action in ("Allow", "Accept") else "denies everything"
        found = ", ".join(describe(key) for key in peer.value)
        peer.problem(
            f"sets nothing that netviz knows, only {found} (L-65). A plugin that does not know it"
            f" either must fail closed: the rule {effect}",
            "warning",
        )
        return
    for field in ADDRESS_FIELDS:
        given = peer.child(field)
        if given.present and field not in allowed:
            pods_only = f"is no peer of {direction.value} rules here: use {' or '.join(allowed)}"
            given.problem(pods_only)
    _one_field(peer, (*POD_FIELDS, *ADDRESS_FIELDS), allowed)
    _check_pods(peer, dialect)
    _check_networks(peer.child("networks"))
    check_selector(peer.child("nodes"))
    _check_domains(peer.child("domainNames"), action)


def _is_of_a_newer_version(peer: Cursor, direction: Direction, allowed: tuple[str, ...]) -> bool:
    """B-51: some field, none that is known here, and none that looks like a slip of the pen."""
    given = [key for key, value in peer.value.items() if value is not None]
    known = (*allowed, *ADDRESS_FIELDS, *_OF_NETWORKPOLICY, *_OLD_SHAPES)
    return (
        bool(given)
        and is_unknown_peer(peer.value, direction)
        and not any(key in known or did_you_mean(key, known) for key in given)
    )


def _one_field(cursor: Cursor, fields: tuple[str, ...], shown: tuple[str, ...] = ()) -> None:
    """B-30, B-40: exactly one of the fields; any other field is reported."""
    given = [field for field in fields if cursor.child(field).present]
    listed = ", ".join(shown or fields)
    if not given:
        empty = next((field for field in fields if field in cursor.value), "")
        found = "none of them"
        if empty:
            found = f"{empty} without a value (null) (write `{empty}: {{}}` to select all)"
        elif cursor.value:
            key = next(iter(cursor.value))
            found = f"{describe(key)}{did_you_mean(key, fields)}"
        cursor.problem(f"must set one of {listed}; found {found}")
        return
    if len(given) > 1:
        cursor.problem(f"must set exactly one field; found {' and '.join(given)}")
    cursor.mapping(*fields)


def _check_pods(cursor: Cursor, dialect: Dialect) -> None:
    """`namespaces` and `pods` of a subject or a peer; v1alpha2 needs a podSelector (B-32)."""
    _check_namespaces(cursor.child("namespaces"))
    pods = cursor.child("pods")
    if isinstance(pods.value, dict) and pods.child("namespaces").present:
        _old_shape(pods.child("namespaces"))
        return
    if pods.mapping(
        "namespaceSelector",
        "podSelector",
        consequence="The API server would drop it, and more pods would be meant.",
    ):
        check_selector(pods.child("namespaceSelector"))
        check_selector(pods.child("podSelector"))
        if dialect.needs_podselector and not pods.child("podSelector").present:
            pods.child("podSelector").problem("is missing: write {} to select every pod")


def _check_namespaces(namespaces: Cursor) -> None:
    """A labelSelector, never the shape of v0.1.0 and v0.1.1 (B-52)."""
    if isinstance(namespaces.value, dict):
        old = [key for key in namespaces.value if key in _OLD_SHAPES]
        if old:
            _old_shape(namespaces.child(old[0]))
            return
    check_selector(namespaces)


def _old_shape(cursor: Cursor) -> None:
    cursor.problem(
        "is the shape of v0.1.0 (L-65): a newer API server drops it, and every namespace would be"
        " meant. Write the labels right below namespaces, as matchLabels"
    )


def _check_networks(networks: Cursor) -> None:
    """B-V02: distinct CIDRs."""
    _check_count(networks, _LIST_MAX)
    seen: set[object] = set()
    for entry in networks.items():
        if network(entry) is None:
            continue
        if len(entry.value) > _CIDR_MAX:
            entry.problem(f"must have at most {_CIDR_MAX} characters; found {len(entry.value)}")
        elif entry.value in seen:
            entry.problem(f"is there twice: {describe(entry.value)}")
        seen.add(entry.value)


def _check_domains(domains: Cursor, action: str | None) -> None:
    """B-49, B-50, B-V02: distinct names, in a rule that accepts."""
    if not domains.present:
        return
    if action in ("Deny", "Pass"):
        domains.problem(f"must not be in a rule with the action {action}: names only accept (B-50)")
    _check_count(domains, _LIST_MAX)
    seen: set[object] = set()
    for entry in domains.items():
        text = entry.string()
        if text is None:
            if not entry.present:
                entry.problem("must be a domain name such as example.com; found nothing (null)")
        elif len(text) > _DOMAIN_MAX or not _DOMAIN.fullmatch(text):
            entry.problem(
                "must be a domain name such as example.com or *.example.com;"
                f" found {describe(text)}"
            )
        elif text in seen:
            entry.problem(f"is there twice: {describe(text)}")
        else:
            seen.add(text)


def _check_named_ports(rule: Cursor, field: str, dialect: Dialect) -> None:
    """B-66: addresses declare no port names. Only the CRD of v1alpha2 is known to refuse that."""
    name = "namedPort" if dialect.ports == "ports" else "destinationNamedPort"
    named = [
        entry.child(name)
        for entry in rule.child(dialect.ports).items()
        if entry.child(name).present
    ]
    addressed = [
        each
        for peer in rule.child(field).items()
        for each in ADDRESS_FIELDS
        if peer.child(each).present
    ]
    if named and addressed:
        text = f"means nothing for {addressed[0]} in the same rule: addresses have no port names"
        if name == "namedPort":
            named[0].problem(f"{text}, so it matches none of them", "warning")
        else:
            named[0].problem(f"{text}. Write two rules")
