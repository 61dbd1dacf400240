"""Fields as servers name them, and as they are written in a draft."""

from __future__ import annotations

import pytest

from policies.ingest.tryout import indexed

SPEC = {
    "spec": {
        "containers": [{"name": "a"}, {"name": "b", "ports": [{"containerPort": 80}]}],
        "ports": [{"port": 53, "protocol": "UDP"}, {"port": 80}],
    }
}


@pytest.mark.parametrize(
    ("named", "written"),
    [
        ("spec.ingress[0].ports[1].port", "spec.ingress[0].ports[1].port"),
        (".spec.nosuch", "spec.nosuch"),
        ('.spec.containers[name="b"].image', "spec.containers[1].image"),
        (
            '.spec.containers[name="b"].ports[containerPort=80,protocol="TCP"].x',
            "spec.containers[1].ports[0].x",
        ),
        ('.spec.ports[port=80,protocol="TCP"].bar', "spec.ports[1].bar"),
        ('.spec.ports[port=53,protocol="TCP"].bar', 'spec.ports[port=53,protocol="TCP"].bar'),
        ("spec.ports[7].port", "spec.ports[7].port"),
        ("metadata.labels", "metadata.labels"),
        ("", ""),
    ],
)
def test_items_that_servers_name_by_their_identity_are_found(named: str, written: str) -> None:
    assert indexed(named, SPEC) == written


def test_an_object_that_is_none_has_no_items() -> None:
    assert indexed(".spec.ports[port=80].x", None) == "spec.ports[port=80].x"
