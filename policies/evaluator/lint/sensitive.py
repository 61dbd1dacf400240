"""Ports behind which data or control of a machine is, by number and by what listens there."""

from __future__ import annotations

from collections.abc import Iterable

from policies.evaluator.connections import ConnectionSet
from policies.evaluator.state import ContainerPort

__all__ = ["SENSITIVE", "sensitive_among", "sensitive_in"]

SENSITIVE = {
    22: "SSH",
    1433: "SQL Server",
    1521: "Oracle",
    2375: "Docker",
    2379: "etcd",
    2380: "etcd",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5984: "CouchDB",
    6379: "Redis",
    9042: "Cassandra",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    10250: "kubelet",
    11211: "Memcached",
    27017: "MongoDB",
}


def sensitive_in(ports: Iterable[ContainerPort], opened: ConnectionSet) -> list[int]:
    """The sensitive ports among declared ones that a set of connections opens, sorted."""
    return sorted(
        {
            each.port
            for each in ports
            if each.protocol == "TCP" and each.port in SENSITIVE and opened.allows("TCP", each.port)
        }
    )


def sensitive_among(ports: Iterable[int]) -> str:
    """`PostgreSQL (TCP 5432)`, joined for a sentence."""
    return " and ".join(f"{SENSITIVE[port]} (TCP {port})" for port in ports)
