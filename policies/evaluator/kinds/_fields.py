"""Fields that several kinds of policies have: CIDRs, port numbers, protocols."""

from __future__ import annotations

import ipaddress

from policies.evaluator import names
from policies.evaluator.connections import PORT_MAX, PORT_MIN, PROTOCOLS
from policies.evaluator.fields import Cursor, describe
from policies.evaluator.patterns import Lazy

__all__ = ["check_protocol", "network", "port_number"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LEADING_ZERO = Lazy(r"(?:^|\.)0\d")


def network(cursor: Cursor) -> Network | None:
    """The network of a CIDR, its host bits masked (A-65); None after reporting what is none."""
    text = cursor.string()
    if text is None:
        if not cursor.present:
            cursor.problem("is missing: must be a CIDR such as 10.0.0.0/24")
        return None
    address, slash, length = text.partition("/")
    try:
        if not slash or not length.isascii() or not length.isdecimal() or "%" in address:
            raise ValueError
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        hint = ""
        if _LEADING_ZERO.search(address):
            hint = " (numbers must not begin with 0)"
        elif length.isascii() and length.isdecimal() and names.is_address(address):
            longest = 128 if ":" in address else 32
            if int(length[:4]) > longest:
                hint = f" (the number after the slash goes from 0 to {longest})"
        elif not slash and names.is_address(text):
            hint = f" (one address is {'/128' if ':' in text else '/32'})"
        cursor.problem(f"must be a CIDR such as 10.0.0.0/24; found {describe(text)}{hint}")
        return None


def port_number(cursor: Cursor, what: str = "a port number") -> int | None:
    """A number from 1 to 65535 (A-V09, B-V03); None after reporting anything else."""
    value = cursor.value
    if isinstance(value, int) and not isinstance(value, bool) and PORT_MIN <= value <= PORT_MAX:
        return value
    cursor.problem(f"must be {what} from {PORT_MIN} to {PORT_MAX}; found {describe(value)}")
    return None


def check_protocol(protocol: Cursor) -> None:
    """A-V08; absent is right."""
    value = protocol.value
    if value is None or (isinstance(value, str) and value in PROTOCOLS):
        return
    hint = ""
    if isinstance(value, str) and value.upper() in PROTOCOLS:
        hint = " (protocol names are upper case)"
    protocol.problem(f"must be TCP, UDP or SCTP; found {describe(value)}{hint}")
