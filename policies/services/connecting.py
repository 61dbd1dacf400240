"""Whether a cluster can be read, before it is kept and after."""

from __future__ import annotations

from typing import Any

from policies.ingest.check import Check, check
from policies.ingest.connection import Connection
from policies.ingest.faults import BadTarget
from policies.models import Cluster
from policies.services.clusters import ClusterWishes, target_of, target_of_wishes

__all__ = ["check_answer", "trial_answer"]


def check_answer(cluster: Cluster) -> dict[str, Any]:
    """What the connection to a cluster is worth now."""
    try:
        target = target_of(cluster)
    except BadTarget as error:
        said = error.message
        return Check(
            False, cluster.server, verify_tls=cluster.verify_tls, message=said, sentence=said
        ).to_json()
    return check(Connection(target), cluster.namespaces).to_json()


def trial_answer(wishes: ClusterWishes) -> dict[str, Any]:
    """The same of a way to a cluster that is not kept. Raises BadQuestion."""
    target, namespaces = target_of_wishes(wishes)
    return check(Connection(target), namespaces).to_json()
