"""Profile: how the cluster's network plugin reads what the specification leaves open."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from policies.evaluator.errors import BadQuestion

__all__ = ["Profile"]


class Profile(msgspec.Struct, frozen=True):
    """The flags of semantics.md section 0.3, with the defaults of its first column.

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
        """The profile with each `NAME=true|false` applied. Raises BadQuestion otherwise."""
        values: dict[str, bool] = {}
        for flag in flags:
            name, _, text = flag.partition("=")
            if name not in cls.__struct_fields__:
                known = ", ".join(cls.__struct_fields__)
                raise BadQuestion("profile", f'There is no profile flag "{name}". Flags: {known}.')
            if text not in ("true", "false"):
                raise BadQuestion("profile", f'{name} takes true or false, not "{text}".')
            values[name] = text == "true"
        return cls(**values)

    def to_json(self) -> dict[str, bool | None]:
        """The flags that differ from the default."""
        changed: dict[str, bool | None] = {}
        for name, default in zip(self.__struct_fields__, self.__struct_defaults__, strict=True):
            value = getattr(self, name)
            if value != default:
                changed[name] = value
        return changed
