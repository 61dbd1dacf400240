"""What a request about a cluster to look at may say."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import msgspec
from msgspec import UNSET, Meta, UnsetType

from policies.api.questions import Name
from policies.services import ClusterWishes

__all__ = ["ClusterBody", "ClusterChangeBody", "ClusterTrialBody", "KubeconfigQuery"]

PathText = Annotated[
    str, Meta(max_length=4096, description="A kubeconfig; empty where kubectl would look.")
]
ContextText = Annotated[str, Meta(max_length=512, description="Empty: the current one.")]
ServerText = Annotated[str, Meta(max_length=2048, description="`https://192.0.2.1:6443`")]
TokenText = Annotated[
    str,
    Meta(max_length=20_000, description="A bearer token. It is kept encrypted and never shown."),
]
CaText = Annotated[
    str, Meta(max_length=200_000, description="Certificates of the server's authority, as PEM.")
]
VerifyTls = Annotated[
    bool, Meta(description="False: whoever answers at the server's address gets the token.")
]
Namespaces = Annotated[
    list[Annotated[str, Meta(max_length=63)]],
    Meta(max_length=1000, description="Only these; none of them means all."),
]
KeepDays = Annotated[int, Meta(ge=1, le=3650)]
KeepPictures = Annotated[int, Meta(ge=1, le=100_000)]
Source = Literal["kubeconfig", "in-cluster", "token"]


class _Fields(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What may be said of a cluster; what is left out stays as it is."""

    kubeconfig: PathText | UnsetType = UNSET
    context: ContextText | UnsetType = UNSET
    server: ServerText | UnsetType = UNSET
    token: TokenText | UnsetType = UNSET
    ca: CaText | UnsetType = UNSET
    verify_tls: VerifyTls | UnsetType = UNSET
    namespaces: Namespaces | UnsetType = UNSET
    keep_days: KeepDays | UnsetType = UNSET
    keep_pictures: KeepPictures | UnsetType = UNSET

    def __repr__(self) -> str:
        """Without the token: a traceback or a log may hold this."""
        return f"{type(self).__name__}(...)"

    @property
    def wishes(self) -> ClusterWishes:
        """As the service takes them."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        asked = {name: value for name, value in given.items() if value is not UNSET}
        # Checked by this struct, whose fields have the same names and types.
        return cast(ClusterWishes, asked)


class ClusterBody(_Fields, kw_only=True):
    """A cluster to look at from now on."""

    name: Name
    source: Source
    watched: bool | UnsetType = UNSET


class ClusterTrialBody(_Fields, kw_only=True):
    """The way to a cluster, to be tried and not to be kept."""

    name: Name | UnsetType = UNSET
    source: Source


class ClusterChangeBody(_Fields, kw_only=True):
    """What to change about a cluster. Another server needs the token again."""

    name: Name | UnsetType = UNSET
    watched: (
        Annotated[bool, Meta(description="False pauses the watching; the history stays.")]
        | UnsetType
    ) = UNSET


class KubeconfigQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which kubeconfig."""

    path: PathText = ""
