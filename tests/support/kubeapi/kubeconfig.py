"""Kubeconfigs that lead to a fake server."""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Any

import yaml

__all__ = ["CONTEXT", "kubeconfig"]

CONTEXT = "netviz@fake"


def kubeconfig(
    server: str,
    ca: str,
    token: str | None,
    exec_command: Collection[str],
    certificate: tuple[str, str] | None,
) -> str:
    """One cluster, one user and one context. A program or a certificate takes the token's place."""
    cluster: dict[str, Any] = {"server": server}
    if ca:
        cluster["certificate-authority-data"] = _base64(ca)
    user: dict[str, Any] = {}
    if exec_command:
        command, *arguments = exec_command
        user["exec"] = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": command,
            "args": arguments,
            "interactiveMode": "Never",
        }
    elif certificate:
        user["client-certificate-data"] = _base64(certificate[0])
        user["client-key-data"] = _base64(certificate[1])
    elif token:
        user["token"] = token
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "fake", "cluster": cluster}],
            "users": [{"name": "netviz", "user": user}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": "fake", "user": "netviz"}}],
            "current-context": CONTEXT,
        }
    )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
