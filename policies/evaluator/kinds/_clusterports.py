"""`ports` of v1alpha1 and `protocols` of v1alpha2: what the API server rejects (B-60…B-67)."""

from __future__ import annotations

from policies.evaluator import names
from policies.evaluator.fields import Cursor, describe
from policies.evaluator.kinds._clusterwide import Dialect
from policies.evaluator.kinds._fields import check_protocol, port_number

__all__ = ["check_ports"]

_TRANSPORTS = ("tcp", "udp", "sctp")
_ALL_PORTS = "The API server would drop it, and every port of the protocol would be meant."


def check_ports(ports: Cursor, dialect: Dialect) -> None:
    """B-V03: every entry, and how many there are."""
    if isinstance(ports.value, list):
        count = len(ports.value)
        if count > dialect.most_ports:
            ports.problem(f"must have at most {dialect.most_ports} entries; found {count}")
        elif not count and dialect.ports == "protocols":
            ports.problem("must hold at least one entry; found none (leave it out for every port)")
    for entry in ports.items():
        if dialect.ports == "ports":
            _check_v1alpha1(entry)
        else:
            _check_v1alpha2(entry)


def _check_v1alpha1(entry: Cursor) -> None:
    if not _exactly_one(entry, ("portNumber", "portRange", "namedPort")):
        return
    number = entry.child("portNumber")
    if number.mapping("protocol", "port"):
        check_protocol(number.child("protocol"))
        port_number(number.child("port"))
    spread = entry.child("portRange")
    if spread.mapping("protocol", "start", "end"):
        check_protocol(spread.child("protocol"))
        _check_range(spread)
    _check_name(entry.child("namedPort"))


def _check_v1alpha2(entry: Cursor) -> None:
    if not _exactly_one(entry, (*_TRANSPORTS, "destinationNamedPort")):
        return
    for field in _TRANSPORTS:
        transport = entry.child(field)
        if not transport.mapping("destinationPort", consequence=_ALL_PORTS):
            continue
        port = transport.child("destinationPort")
        if not port.present:
            # B-65: the text of the API allows what its schema rejects.
            transport.problem(
                f"has no destinationPort (L-65): some API servers reject that. It is evaluated as"
                f" every {field.upper()} port",
                "warning",
            )
        elif _exactly_one(port, ("number", "range")):
            if port.child("number").present:
                port_number(port.child("number"))
            elif port.child("range").mapping("start", "end"):
                _check_range(port.child("range"))
    _check_name(entry.child("destinationNamedPort"))


def _exactly_one(cursor: Cursor, fields: tuple[str, ...]) -> bool:
    """B-67: whether exactly one field is set; reports what is not so."""
    listed = ", ".join(fields)
    if not cursor.mapping(*fields):
        if not cursor.present:
            cursor.problem(f"must set one of {listed}; found nothing (null)")
        return False
    given = [field for field in fields if cursor.child(field).present]
    if len(given) == 1:
        return True
    found = " and ".join(given) if given else "none of them"
    cursor.problem(f"must set exactly one of {listed}; found {found}")
    return False


def _check_range(spread: Cursor) -> None:
    """B-63, B-V03: from a number to a larger one."""
    start, end = spread.child("start"), spread.child("end")
    first, last = port_number(start), port_number(end)
    if first is not None and last is not None and last <= first:
        end.problem(f"must be greater than start {first}; found {last}")


def _check_name(name: Cursor) -> None:
    text = name.string()
    if text is not None and (fault := names.port_name_fault(text)):
        name.problem(f"{fault}; found {describe(text)}")
