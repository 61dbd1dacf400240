"""The story of the demo: five pictures of one small cluster, each one change after the other."""

from __future__ import annotations

from pathlib import Path

import msgspec

from policies.evaluator.manifest import SourceText

__all__ = ["STEPS", "Ask", "Step", "sources_of"]

MANIFESTS = Path(__file__).parent / "manifests"


class Ask(msgspec.Struct, frozen=True):
    """The question to put at a step, and the verdict the reader will see."""

    source: str
    destination: str
    port: str
    verdict: str


class Step(msgspec.Struct, frozen=True):
    """One step: what changed, what to see, what to ask.

    `files` make the cluster of the step. `draft` and `delete` lead there from the step before, so
    that a page can show the same change as a what-if first; both are empty for the first step.
    """

    slug: str
    title: str
    text: str
    asks: tuple[Ask, ...]
    files: tuple[str, ...]
    draft: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()

    @property
    def ask(self) -> Ask:
        """The first question of the step."""
        return self.asks[0]

    @property
    def is_whatif(self) -> bool:
        """Whether a what-if can show the change: not the first step, nor another network plugin."""
        return bool(self.draft) and not self.delete


CURL = "development/curl"
WEBSERVER = "production/webserver"
REDIS = "production/redis"
BASE = ("applications.yaml", "dns.yaml", "namespaces.yaml")
OPEN_WEB = Ask(CURL, WEBSERVER, "80/TCP", "allow")
OPEN_REDIS = Ask(CURL, REDIS, "6379/TCP", "allow")
CLOSED_WEB = Ask(CURL, WEBSERVER, "80/TCP", "deny")
CLOSED_REDIS = Ask(CURL, REDIS, "6379/TCP", "deny")

STEPS: tuple[Step, ...] = (
    Step(
        slug="flat-network",
        title="A flat network",
        text=(
            "Two teams share a cluster: development has a pod with curl, production has a web "
            "server and a Redis. No policy selects any of them, so every pod may talk to every "
            "other on every port, and to the whole outside world."
        ),
        asks=(OPEN_WEB, OPEN_REDIS),
        files=(*BASE, "development.yaml", "calico.yaml"),
    ),
    Step(
        slug="default-deny",
        title="Development is closed",
        text=(
            "The policy deny-all selects every pod of development for both directions and has no "
            "rule. But for the node it runs on, nothing gets in and nothing gets out: curl reaches "
            "neither the web server nor Redis, not even the name server. Production is as open as "
            "before to everybody else."
        ),
        asks=(CLOSED_WEB, CLOSED_REDIS),
        files=(*BASE, "development.yaml", "calico.yaml", "default-deny.yaml"),
        draft=("default-deny.yaml",),
    ),
    Step(
        slug="allow-matches-nothing",
        title="An allow rule that matches nothing",
        text=(
            "allow-to-production lets curl go out to production, and allow-devel-pod-to-http lets "
            "pods in from namespaces with the label env=development, on TCP 80. It still does not "
            "work: no namespace carries that label. And because allow-devel-pod-to-http selects "
            "every pod of production, they are now closed to everybody but the nodes they run on."
        ),
        asks=(CLOSED_WEB, CLOSED_REDIS),
        files=(*BASE, "development.yaml", "calico.yaml", "default-deny.yaml", "allow.yaml"),
        draft=("allow.yaml",),
    ),
    Step(
        slug="label-added",
        title="The label is added",
        text=(
            "The namespace development now carries env=development, and the rule finds it. The web "
            "server answers curl on TCP 80. Redis stays shut: no rule opens TCP 6379."
        ),
        asks=(OPEN_WEB, CLOSED_REDIS),
        files=(
            *BASE,
            "label.yaml",
            "calico.yaml",
            "default-deny.yaml",
            "allow.yaml",
        ),
        draft=("label.yaml",),
    ),
    Step(
        slug="not-enforced",
        title="The same on Flannel",
        text=(
            "The same policies in a cluster whose network plugin is Flannel alone. Flannel carries "
            "traffic and enforces no policy, so everything is open again, and nobody is told. "
            "The button in the banner shows what the policies would do where they are enforced."
        ),
        asks=(OPEN_WEB, OPEN_REDIS),
        files=(
            *BASE,
            "label.yaml",
            "flannel.yaml",
            "default-deny.yaml",
            "allow.yaml",
        ),
        draft=("flannel.yaml",),
        delete=("DaemonSet/kube-system/calico-node",),
    ),
)


def sources_of(names: tuple[str, ...]) -> list[SourceText]:
    """The text of manifests of the story."""
    return [SourceText(name=name, data=(MANIFESTS / name).read_bytes()) for name in names]
