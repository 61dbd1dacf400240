"""Paths through Ingresses, and who dials the pods (semantics F-40…F-42)."""

from __future__ import annotations

import pytest

from policies.evaluator.entry.sources import ControllerSelector
from policies.evaluator.labels import Requirement, Selector
from policies.evaluator.profile import Profile
from tests.support.entry_points import codes, ingress, manifest, paths, points_of, service
from tests.support.fixture_cluster import (
    N1,
    N2,
    Manifest,
    cluster,
    namespace,
    pod,
    policy,
    read,
)

PSEUDO = "Ingress {ingress-controller} => x/a[Pod]"
CONTROLLER = {
    "app.kubernetes.io/name": "ingress-nginx",
    "app.kubernetes.io/component": "controller",
}
NGINX = manifest("""
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: k8s.io/ingress-nginx}
""")


@pytest.mark.law("F-40", "F-41")
def test_an_ingress_leads_to_the_pods_of_its_service() -> None:
    assert paths(cluster(service(), ingress("web:80"))) == [f"{PSEUDO} 80/TCP: allow"]


@pytest.mark.law("F-41", "M-04", "A-110")
@pytest.mark.parametrize("port", ["80", "http"])
def test_a_port_is_one_of_the_service_by_number_or_name(port: str) -> None:
    web = service("x/web", {"port": 80, "name": "http", "targetPort": 81})
    assert paths(cluster(web, ingress(f"web:{port}"))) == [f"{PSEUDO} 81/TCP: allow"]


@pytest.mark.law("F-41")
def test_the_port_of_the_pods_is_not_meant() -> None:
    state = cluster(service("x/web", {"port": 80, "targetPort": 8080}), ingress("web:8080"))
    assert paths(state) == []
    assert codes(state)[-1] == ("Ingress/x/site", "no-port")


@pytest.mark.law("F-41")
def test_backends_are_in_the_namespace_of_the_ingress() -> None:
    state = cluster(service("y/web"), ingress("web:80"))
    assert paths(state) == []
    assert codes(state)[-1] == ("Ingress/x/site", "no-service")


@pytest.mark.law("F-41")
def test_a_rule_without_paths_goes_to_the_default_backend() -> None:
    default = {"service": {"name": "web", "port": {"number": 80}}}
    state = cluster(service(), ingress(defaultBackend=default, rules=[{"host": "a.example"}]))
    found = [(each.host, each.verdict) for each in points_of(state).paths]
    assert found == [("", "allow"), ("a.example", "allow")]


@pytest.mark.law("F-41")
def test_a_resource_as_backend_leads_to_no_pod() -> None:
    resource = {"resource": {"apiGroup": "k8s.example", "kind": "Bucket", "name": "static"}}
    assert paths(cluster(service(), ingress(defaultBackend=resource))) == []


@pytest.mark.law("F-41")
@pytest.mark.parametrize("port", ["80", '"80"', "http"])
def test_the_older_form_is_read_too(port: str) -> None:
    old = manifest(f"""
    apiVersion: extensions/v1beta1
    kind: Ingress
    metadata: {{namespace: x, name: site}}
    spec: {{rules: [{{http: {{paths: [{{backend: {{serviceName: web, servicePort: {port}}}}}]}}}}]}}
    """)
    web = service("x/web", {"port": 80, "name": "http"})
    assert paths(cluster(web, old)) == [f"{PSEUDO} 80/TCP: allow"]


@pytest.mark.parametrize(
    ("paths_text", "path"),
    [
        ("[{backend: {}}]", "spec.rules[0].http.paths[0]"),
        ("[{backend: {service: {name: web}}}]", "spec.rules[0].http.paths[0]"),
        (
            "[{backend: {service: {port: {number: 80}}}}]",
            "spec.rules[0].http.paths[0].backend.service.name",
        ),
        ("web", "spec.rules[0].http.paths"),
    ],
)
def test_an_ingress_that_cannot_be_is_reported_with_its_line(paths_text: str, path: str) -> None:
    text = f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{namespace: x, name: site}}
spec: {{rules: [{{http: {{paths: {paths_text}}}}}]}}
"""
    state = read([manifest(text)])
    assert [(each.path, each.severity) for each in state.problems] == [(path, "error")]
    assert not state.entry.ingresses


@pytest.mark.law("F-40")
@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ("{}", "allow"),
        ("{ports: [{port: 80}]}", "allow"),
        ("{ports: [{port: 81}]}", "deny"),
        ("{from: [{namespaceSelector: {}}]}", "allow"),
        ("{from: [{namespaceSelector: {}, podSelector: {}}]}", "allow"),
        ("{from: [{podSelector: {}}]}", "deny"),
        ("{from: [{namespaceSelector: {matchLabels: {ns: y}}}]}", "deny"),
        ("{from: [{namespaceSelector: {}, podSelector: {matchLabels: {pod: b}}}]}", "deny"),
        (
            "{from: [{namespaceSelector: {matchExpressions: [{key: a, operator: DoesNotExist}]}}]}",
            "deny",
        ),
        ("{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}", "unknown"),
        ("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}", "unknown"),
        ("{from: [{ipBlock: {cidr: 8.8.8.0/24}}]}", "deny"),
    ],
)
def test_a_controller_that_nobody_knows_is_let_in_by_rules_about_anyone(
    rule: str, verdict: str
) -> None:
    state = cluster(service(), ingress("web:80"), policy(f"ingress: [{rule}]"))
    assert paths(state) == [f"{PSEUDO} 80/TCP: {verdict}"]


@pytest.mark.law("F-40")
def test_a_block_that_never_matches_pods_keeps_it_out() -> None:
    rule = "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"
    state = cluster(service(), ingress("web:80"), policy(rule))
    found = paths(state, Profile(ipblock_matches_pods=False))
    assert found == [f"{PSEUDO} 80/TCP: deny"]


ONLY_NGINX = "ingress: [{from: [{namespaceSelector: {matchLabels: {ns: edge}}}]}]"


@pytest.mark.law("F-40", "F-42")
@pytest.mark.parametrize("spec", [{}, {"ingressClassName": "nginx"}])
def test_known_pods_of_the_controller_are_asked_first(spec: Manifest) -> None:
    state = cluster(
        service(),
        ingress("web:80", **spec),
        NGINX,
        namespace("edge"),
        pod("edge/nginx", labels=CONTROLLER),
        policy(ONLY_NGINX),
    )
    assert paths(state) == ["Ingress edge/nginx[Pod] => x/a[Pod] 80/TCP: allow"]


@pytest.mark.law("F-40")
def test_then_the_pods_that_are_configured() -> None:
    state = cluster(
        service(), ingress("web:80"), namespace("edge"), pod("edge/own"), policy(ONLY_NGINX)
    )
    own = ControllerSelector(Selector((Requirement("pod", "In", ("own",)),)), "edge")
    assert paths(state) == [f"{PSEUDO} 80/TCP: deny"]
    found = paths(state, configured=[own])
    assert found == ["Ingress edge/own[Pod] => x/a[Pod] 80/TCP: allow"]


@pytest.mark.law("F-40", "A-91")
def test_a_controller_on_the_host_network_comes_from_its_node() -> None:
    def state(cidr: str) -> list[str]:
        host = pod("y/nginx", labels=CONTROLLER, ips=[N2], on="n2", hostNetwork=True)
        rule = f"ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]"
        return paths(cluster(service(), ingress("web:80"), NGINX, host, policy(rule)))

    assert state(f"{N2}/32") == ["Ingress y/nginx[Pod] => x/a[Pod] 80/TCP: allow"]
    assert state(f"{N1}/32") == ["Ingress y/nginx[Pod] => x/a[Pod] 80/TCP: deny"]


@pytest.mark.law("F-42")
@pytest.mark.parametrize(
    ("spec", "annotations"),
    [
        ({"ingressClassName": "alb"}, {}),
        ({}, {"kubernetes.io/ingress.class": "alb"}),
        ({"ingressClassName": "alb"}, {"kubernetes.io/ingress.class": "nginx"}),
    ],
)
def test_the_class_is_that_of_the_field_then_of_the_annotation(
    spec: Manifest, annotations: dict[str, str]
) -> None:
    site = ingress("web:80", **spec)
    site["metadata"]["annotations"] = annotations
    assert paths(cluster(service(), NGINX, site)) == [
        "Ingress the load balancers of ingress.k8s.aws/alb => x/a[Pod] 80/TCP: allow"
    ]


@pytest.mark.law("F-42")
def test_without_a_class_and_a_default_it_may_not_be_served() -> None:
    assert codes(cluster(service(), ingress("web:80"))) == [("Ingress/x/site", "no-class")]
    assert codes(cluster(service(), ingress("web:80"), NGINX)) == []


@pytest.mark.law("F-31", "F-40")
def test_a_service_without_pods_or_without_the_named_port_is_said() -> None:
    nobody = service(selector={"pod": "nobody"})
    assert codes(cluster(nobody, ingress("web:80"), NGINX)) == [("Ingress/x/site", "no-pods")]
    named = service("x/web", {"port": 80, "targetPort": "absent"})
    found = codes(cluster(named, ingress("web:80"), NGINX))
    assert found == [("Ingress/x/site", "no-target-port")]


@pytest.mark.law("A-112")
def test_each_backend_has_its_own_verdict() -> None:
    state = cluster(
        service(selector={"app": "web"}),
        pod("x/open", labels={"app": "web"}),
        pod("x/shut", labels={"app": "web", "pod": "a"}),
        ingress("web:80"),
        policy("ingress: []"),
    )
    assert paths(state) == [
        "Ingress {ingress-controller} => x/open[Pod] 80/TCP: allow",
        "Ingress {ingress-controller} => x/shut[Pod] 80/TCP: deny",
    ]


def test_a_class_is_in_no_namespace() -> None:
    state = cluster(NGINX, service(), ingress("web:80"))
    assert [each.key for each in state.entry.ingress_classes] == ["IngressClass/nginx"]
    wrong = manifest("""
    apiVersion: networking.k8s.io/v1
    kind: IngressClass
    metadata: {name: nginx}
    spec: {controller: [a]}
    """)
    [problem] = read([wrong]).problems
    assert (problem.object, problem.path) == ("IngressClass/nginx", "spec.controller")


@pytest.mark.law("F-48")
def test_by_a_known_controller_the_internet_comes_in_where_it_reaches_it() -> None:
    def internet(*more: Manifest) -> list[bool]:
        state = cluster(
            service(),
            ingress("web:80"),
            NGINX,
            namespace("edge"),
            pod("edge/nginx", labels=CONTROLLER),
            *more,
        )
        return [each.internet for each in points_of(state).paths if each.kind == "Ingress"]

    door = service("edge/nginx", selector=CONTROLLER, type="LoadBalancer")
    door["spec"]["externalTrafficPolicy"] = "Local"
    shut = policy({"podSelector": {}, "ingress": []}, where="edge")
    # Without an entry point to the controller it is taken to be reached in some other way.
    assert internet() == [True]
    assert internet(door) == [True]
    assert internet(door, shut) == [False]
