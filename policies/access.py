"""Who may reach netviz: in local mode, programs on this machine and nobody else."""

from __future__ import annotations

import ipaddress

__all__ = ["PublicAddress", "loopback_address"]


class PublicAddress(ValueError):
    """An address that other machines can reach."""


def loopback_address(host: str) -> str:
    """The address to listen on. Raises PublicAddress unless only this machine can reach it."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        if ipaddress.ip_address(host.strip("[]")).is_loopback:
            return host.strip("[]")
    except ValueError:
        pass
    raise PublicAddress(
        f"netviz does not listen on {host}: it has no login, so whoever reaches it could read "
        "every snapshot. Use 127.0.0.1, and an SSH tunnel from another machine."
    )
