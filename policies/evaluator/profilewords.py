"""The flags of a profile in plain words: what each says when it holds, and its place in the law."""

from __future__ import annotations

import msgspec

__all__ = ["FLAGS", "Flag"]


class Flag(msgspec.Struct, frozen=True):
    """A flag as people read it: a statement that holds or not, what follows, and the law's ids."""

    title: str
    meaning: str
    law: tuple[str, ...]


FLAGS = {
    "np_enforced": Flag(
        "Policies are enforced",
        "Where nothing enforces them, every pod may talk to every other, whatever they say.",
        ("A-120", "A-121"),
    ),
    "ipblock_matches_pods": Flag(
        "Address blocks cover pods",
        "A rule with an address block also speaks of pods whose addresses lie in it. Otherwise it"
        " speaks of addresses outside of the cluster only.",
        ("A-60", "D-50", "H-03"),
    ),
    "ipblock_matches_nodes": Flag(
        "Address blocks cover nodes",
        "A rule with an address block also speaks of nodes of this cluster whose addresses lie in"
        " it.",
        ("A-72", "D-50"),
    ),
    "own_node_ingress_exempt": Flag(
        "A node reaches its own pods",
        "Connections from the node that a pod runs on, such as health checks, are let in whatever"
        " the policies say.",
        ("A-104",),
    ),
    "own_node_egress_exempt": Flag(
        "Pods reach their own node",
        "Connections from a pod to the node it runs on are let out whatever the policies say.",
        ("A-104", "D-72"),
    ),
    "hostnet_peer_by_selector": Flag(
        "Rules find host-network pods by label",
        "A rule that names pods by their labels also speaks of pods that use the network of their"
        " node. Otherwise these are only addresses.",
        ("A-91", "A-92"),
    ),
    "hostnet_subject": Flag(
        "Policies select host-network pods",
        "A policy may close pods that use the network of their node.",
        ("A-90",),
    ),
    "endport": Flag(
        "Ranges of ports are understood",
        "A rule with endPort opens the whole range. Otherwise it opens the first port only.",
        ("A-78", "A-79"),
    ),
    "sctp": Flag(
        "SCTP is supported",
        "A rule for SCTP ports opens them. Otherwise it opens nothing.",
        ("A-89", "H-27"),
    ),
    "np_direction_split": Flag(
        "A NetworkPolicy settles only the directions it names",
        "Baseline policies still decide the other direction. Otherwise they are not asked about a"
        " pod that any NetworkPolicy selects.",
        ("B-23", "B-24"),
    ),
    "anp_enforced": Flag(
        "AdminNetworkPolicies are enforced",
        "AdminNetworkPolicy and BaselineAdminNetworkPolicy have an effect. Otherwise they are"
        " counted and left out.",
        ("B-02", "E-01"),
    ),
    "cnp_enforced": Flag(
        "ClusterNetworkPolicies are enforced",
        "ClusterNetworkPolicy has an effect. Otherwise it is counted and left out.",
        ("B-02", "E-01", "E-08"),
    ),
}
"""Every flag of `Profile`, in its order."""
