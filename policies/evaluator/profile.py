"""Profile: how the cluster's network plugin reads what the specification leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from policies.evaluator.errors import BadQuestion

__all__ = ["Choice", "Decider", "Profile", "flag_named", "parse_flags"]

Decider = Literal["plugin", "snapshot", "request"]

# What each plugin does other than the first column of semantics.md section 0.3: from the other
# columns of that table, and from the rows of section E. Where that depends on the plugin's version,
# which is not seen, the default stays.
_CILIUM = {
    "ipblock_matches_pods": False,  # D-50
    "ipblock_matches_nodes": False,
    "own_node_egress_exempt": False,  # D-72
    "sctp": False,  # H-27: has to be switched on
    "anp_enforced": False,
    "cnp_enforced": False,  # E-08: behind a flag
}
_ONLY_NETWORKPOLICY = {"anp_enforced": False, "cnp_enforced": False}
_PLUGINS: dict[str, dict[str, bool]] = {
    "cilium": _CILIUM,
    "gke-dataplane-v2": _CILIUM,
    "calico": {"own_node_egress_exempt": False},
    "canal": {"own_node_egress_exempt": False},
    "kindnet": {"np_direction_split": False},  # B-24
    "kube-network-policies": {"np_direction_split": False},
    "ovn-kubernetes": {"cnp_enforced": False},
    "antrea": {"cnp_enforced": False},
    "kube-router": _ONLY_NETWORKPOLICY,
    "k3s": _ONLY_NETWORKPOLICY,
    "weave-net": _ONLY_NETWORKPOLICY,
    "azure-npm": _ONLY_NETWORKPOLICY,
    "aws-vpc-cni": {"anp_enforced": False},
}


class Choice(msgspec.Struct, frozen=True):
    """A flag that is not as the specification has it, or not as the plugin does, and who decided
    that: the plugin, what is kept with the snapshot, or the question."""

    flag: str
    value: bool
    by: Decider

    def to_json(self) -> dict[str, str | bool]:
        """One entry of `enforcement.profile`."""
        return {"flag": self.flag, "value": self.value, "by": self.by}


class Profile(msgspec.Struct, frozen=True):
    """The flags of semantics.md section 0.3, with the defaults of its first column.

    A plugin that is detected brings its own (`of_plugin`); a snapshot may keep others, and a
    question may set each.
    `np_enforced` None takes what was detected in the state (A-121). `hostnet_subject` lets a policy
    select host-network pods (A-90 leaves it to the implementation). `anp_enforced` and
    `cnp_enforced`: whether the plugin evaluates AdminNetworkPolicy and BaselineAdminNetworkPolicy,
    and ClusterNetworkPolicy (B-02, E-01).
    """

    np_enforced: bool | None = None
    ipblock_matches_pods: bool = True
    ipblock_matches_nodes: bool = True
    own_node_ingress_exempt: bool = True
    own_node_egress_exempt: bool = True
    hostnet_peer_by_selector: bool = False
    hostnet_subject: bool = False
    endport: bool = True
    sctp: bool = True
    np_direction_split: bool = True
    anp_enforced: bool = True
    cnp_enforced: bool = True

    @classmethod
    def from_flags(cls, flags: Iterable[str]) -> Profile:
        """The default profile with each `NAME=true|false` applied. Raises BadQuestion otherwise."""
        return cls(**parse_flags(flags))

    @staticmethod
    def flags_of_plugin(cni: str) -> Mapping[str, bool]:
        """The flags in which a network plugin differs from the default."""
        return _PLUGINS.get(cni, {})

    @classmethod
    def of_plugin(
        cls, cni: str, flags: Mapping[str, bool] = {}, kept: Mapping[str, bool] = {}
    ) -> Profile:
        """What a network plugin does, with the flags kept for the cluster over it, and over those
        the flags of a question."""
        return cls(**{**cls.flags_of_plugin(cni), **kept, **flags})

    @classmethod
    def choices(
        cls, cni: str, asked: Mapping[str, bool], kept: Mapping[str, bool] = {}
    ) -> tuple[Choice, ...]:
        """Where a profile made of these differs from what lies below, and who decided so.

        Whoever only repeats what would hold without it has decided nothing.
        """
        layers: tuple[tuple[Decider, Mapping[str, bool]], ...] = (
            ("plugin", cls.flags_of_plugin(cni)),
            ("snapshot", kept),
            ("request", asked),
        )
        found = []
        for name, default in zip(cls.__struct_fields__, cls.__struct_defaults__, strict=True):
            value, decider = default, None
            for by, flags in layers:
                if flags.get(name, value) != value:
                    value, decider = flags[name], by
            if decider is not None:
                found.append(Choice(name, value, decider))
        return tuple(found)

    def to_json(self) -> dict[str, bool | None]:
        """The flags that differ from the default."""
        changed: dict[str, bool | None] = {}
        for name, default in zip(self.__struct_fields__, self.__struct_defaults__, strict=True):
            value = getattr(self, name)
            if value != default:
                changed[name] = value
        return changed


def parse_flags(flags: Iterable[str]) -> dict[str, bool]:
    """The values of `NAME=true|false`; the last of a name counts. Raises BadQuestion otherwise."""
    values: dict[str, bool] = {}
    for flag in flags:
        name, _, text = flag.partition("=")
        flag_named(name)
        if text not in ("true", "false"):
            raise BadQuestion("profile", f'{name} takes true or false, not "{text}".')
        values[name] = text == "true"
    return values


def flag_named(name: str) -> str:
    """The name, if there is such a flag. Raises BadQuestion otherwise."""
    if name not in Profile.__struct_fields__:
        known = ", ".join(Profile.__struct_fields__)
        raise BadQuestion("profile", f'There is no profile flag "{name}". Flags: {known}.')
    return name
