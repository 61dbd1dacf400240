"""Kubeconfigs: which files, which contexts are in them, and what is wrong with one, without ever
repeating what it holds."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

from policies.ingest.faults import BadTarget

__all__ = ["bad_kubeconfig", "checked_kubeconfig", "contexts_of", "exec_command"]

_SECTIONS = ("contexts", "users", "clusters")
_LACKS_KEY = re.compile(r"Expected key (?P<key>[\w-]+) in")
_LACKS_FILE = re.compile(r"File does not exist: (?P<path>.+)")
_LACKS_ENTRY = re.compile(r"Expected object with name (?P<name>.*) in \S*/(?P<list>\w+) list")


def checked_kubeconfig(path: str) -> str | None:
    """The files to read, as a kubeconfig path list; None for kubectl's default. Raises BadTarget.

    A kubeconfig may name a program that is run to sign in. One that somebody else may write would
    let them run programs as the user of this server.
    """
    given = path or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    try:
        parts = [Path(each).expanduser() for each in given.split(os.pathsep) if each]
        found = {each: each.stat() for each in parts if each.is_file()}
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not a path to a file"
        raise BadTarget("kubeconfig", f"{given} cannot be read: {why}.") from None
    if not found:
        raise BadTarget("kubeconfig", f"There is no kubeconfig at {given}.")
    for each, about in found.items():
        if about.st_uid not in (0, os.getuid()) or about.st_mode & (stat.S_IWOTH | stat.S_IWGRP):
            raise BadTarget(
                "kubeconfig",
                f"{each} may be changed by others than you; netviz does not run what such a file"
                f" names. Make it yours alone: chmod go-w {each}",
            )
    return os.pathsep.join(map(str, found))


def contexts_of(path: str = "") -> tuple[list[dict[str, str]], str]:
    """The contexts of a kubeconfig, with the cluster and the user of each, and which is the current
    one; empty where none is. Nothing of it is run, and no secret is returned. Raises BadTarget."""
    config = _read(checked_kubeconfig(path))
    contexts = [
        {
            "name": str(each["name"]),
            "cluster": str(each["context"].get("cluster") or ""),
            "user": str(each["context"].get("user") or ""),
        }
        for each in config["contexts"]
    ]
    return contexts, str(config.get("current-context") or "")


def exec_command(path: str | None, context: str) -> str:
    """The program that signs in under a context; empty where there is none. Raises BadTarget."""
    config = _read(path)
    name = context or config.get("current-context")
    user = next(
        (each["context"].get("user") for each in config["contexts"] if each["name"] == name), None
    )
    about: dict[str, Any] = next(
        (each["user"] for each in config["users"] if each["name"] == user), {}
    )
    command = about.get("exec")
    return str(command.get("command") or "") if isinstance(command, dict) else ""


def bad_kubeconfig(error: Exception) -> BadTarget:
    """What is wrong with a kubeconfig. The client's own words repeat whole entries, with the tokens
    in them, so none of them are passed on but names."""
    from yaml import MarkedYAMLError

    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        why = f"cannot be read: {error.strerror}"
    elif isinstance(error, MarkedYAMLError) and error.problem_mark:
        why = f"is not YAML: look at line {error.problem_mark.line + 1}"
    elif found := _LACKS_FILE.fullmatch(text):
        why = f"names a file that is not there: {found['path']}"
    elif found := _LACKS_ENTRY.search(text):
        why = f"has no {found['list'].removesuffix('s')} named {found['name']}"
    elif found := _LACKS_KEY.search(text):
        why = f"lacks {found['key']}"
    else:
        why = "is not one that can be read"
    return BadTarget("kubeconfig", f"The kubeconfig {why}.")


def _read(path: str | None) -> dict[str, Any]:
    """The merged files, each section a list of entries with a name and a mapping."""
    from kubernetes.config.kube_config import KubeConfigMerger

    try:
        config = KubeConfigMerger(path).config.value
        sections = {
            section: [_entry(each, section.removesuffix("s")) for each in config[section] or ()]
            for section in _SECTIONS
        }
    except Exception as error:  # the client does not look before it leaps
        raise bad_kubeconfig(error) from None
    return {**config, **sections}


def _entry(node: Any, key: str) -> dict[str, Any]:
    """A section's entry as plain data; raises TypeError for one of another form."""
    value = node.value
    inner = value.get(key)
    if not isinstance(inner, dict | None):
        raise TypeError
    return {"name": value["name"], key: inner or {}}
