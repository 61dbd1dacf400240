"""The page of clusters in a browser: how each stands, and how another one is connected."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from policies import services
from policies.models import Cluster, Event, Lease
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults, faults_by_day_and_night
from tests.support.clusters import TOKEN
from tests.support.kubeapi import ApiServer
from tests.support.watched import a_cluster, a_picture, manifests, resource

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: {current}
clusters: [{{name: nowhere, cluster: {{server: "https://127.0.0.1:1"}}}}]
users: [{{name: ada, user: {{token: none}}}}]
contexts:
- {{name: first, context: {{cluster: nowhere, user: ada}}}}
- {{name: second, context: {{cluster: nowhere, user: ada}}}}
"""
LOST = "10.0.0.7:6443 cannot be reached: connection refused."


def watched(name: str = "production", **fields: Any) -> Cluster:
    cluster = a_cluster(name, **fields)
    Lease.objects.create(cluster=cluster, holder="somebody")
    return cluster


def card(page: Page, cluster: Cluster) -> Any:
    return page.locator(f'[data-cluster="{cluster.pk}"]')


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(KUBECONFIG.format(current="second"))
    return path


def test_without_a_cluster_the_page_begins_with_connecting_one(page: Page) -> None:
    page.goto("/clusters")
    expect(page.get_by_text("None yet.")).to_be_visible()
    expect(page.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_each_state_of_a_connection_is_told_in_words(page: Page) -> None:
    now = timezone.now()
    long_ago = now - timedelta(minutes=12)
    cases = {
        "Live": watched("live"),
        "Live, in part": watched("partial", status="partial"),
        "Connection lost": watched("lost", status="lost", detail=LOST, confirmed_at=long_ago),
        "Refused": watched("refused", status="refused"),
        "Paused": a_cluster("paused", status="paused", watched=False),
        "Connecting": watched("new", status="connecting", confirmed_at=None, counts={}),
        # A watcher that stopped without a word left the state as it was.
        "Not confirmed": watched("stale", confirmed_at=long_ago),
        "Not watched now": a_cluster("alone"),
    }
    page.goto("/clusters")
    for word, cluster in cases.items():
        expect(card(page, cluster).locator(".status")).to_have_text(word)
    expect(card(page, cases["Live"])).to_contain_text("14 pods")
    expect(card(page, cases["Connection lost"])).to_contain_text(LOST)
    expect(card(page, cases["Connection lost"])).to_contain_text("last confirmed 12 minutes ago")
    alone = card(page, cases["Not watched now"])
    expect(alone).to_contain_text("No process watches it. Start netviz with manage.py serve, or")
    expect(alone.locator("code").first).to_have_text("manage.py serve")


def test_a_change_shows_by_itself_and_whoever_is_at_a_button_stays_there(page: Page) -> None:
    cluster = watched()
    page.goto("/clusters")
    button = card(page, cluster).get_by_role("button", name="Edit")
    button.focus()
    Cluster.objects.update(status="lost", detail=LOST)
    expect(card(page, cluster).locator(".status")).to_have_text("Connection lost")
    expect(card(page, cluster).get_by_role("button", name="Edit")).to_be_focused()


def test_a_cluster_is_paused_and_watched_again(page: Page) -> None:
    cluster = watched()
    page.goto("/clusters")
    card(page, cluster).get_by_role("button", name="Pause").click()
    expect(card(page, cluster).locator(".status")).to_have_text("Paused")
    card(page, cluster).get_by_role("button", name="Go on watching").click()
    expect(card(page, cluster).locator(".status")).to_have_text("Connecting")


def test_a_cluster_is_removed_only_when_that_is_confirmed(page: Page) -> None:
    cluster = watched()
    a_picture(cluster, manifests("web"))
    page.goto("/clusters")
    remove = card(page, cluster).get_by_role("button", name="Remove")
    remove.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 picture")
    dialog.get_by_role("button", name="Cancel").click()
    assert Cluster.objects.exists()
    remove.click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    assert not Cluster.objects.exists()


def test_a_cluster_is_edited_and_a_refusal_stands_at_its_field(
    page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("400")
    cluster = watched()
    a_cluster("taken")
    page.goto("/clusters")
    card(page, cluster).get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name here").fill("taken")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("#edit-name-error")).to_contain_text("taken already")
    dialog.get_by_label("Name here").fill("renamed")
    dialog.get_by_label("Only these namespaces").fill("shop, web")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="renamed")).to_be_visible()
    cluster.refresh_from_db()
    assert cluster.namespaces == ["shop", "web"]


def test_the_certificate_of_a_server_is_replaced(page: Page, expected_errors: list[str]) -> None:
    expected_errors.append("400")
    with ApiServer(tls=True, token=TOKEN) as api:
        cluster = a_cluster("fake", source=Cluster.Source.TOKEN, server=api.url)
        page.goto("/clusters")
        card(page, cluster).get_by_role("button", name="Edit").click()
        dialog = page.get_by_role("dialog")
        certificate = dialog.get_by_label("New certificate of its authority")
        certificate.fill("nothing of the kind")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.locator("#edit-ca-error")).to_contain_text("PEM")
        expect(certificate).to_be_focused()
        certificate.fill(api.ca_pem)
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
    cluster.refresh_from_db()
    assert cluster.ca == api.ca_pem


def test_the_contexts_of_a_kubeconfig_are_offered_and_one_is_connected(
    page: Page, kubeconfig: Path
) -> None:
    page.goto("/clusters#connect")
    page.get_by_label("Path of the kubeconfig").fill(str(kubeconfig))
    page.get_by_role("button", name="Load contexts").click()
    expect(page.locator("[data-part=contexts-said]")).to_contain_text("2 contexts")
    expect(page.get_by_label("Name here")).to_have_value("second")
    page.get_by_label("Context", exact=True).select_option("first")
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url("**/clusters/*-*")
    expect(page.get_by_role("heading", name="second")).to_be_visible()
    kept = Cluster.objects.get()
    assert (kept.context, kept.kubeconfig) == ("first", str(kubeconfig))


def test_a_path_without_a_kubeconfig_is_refused_at_its_field(
    page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("400")
    page.goto("/clusters#connect")
    page.get_by_label("Path of the kubeconfig").fill("/nowhere/config")
    page.get_by_role("button", name="Load contexts").click()
    expect(page.locator("#kubeconfig-error")).to_contain_text("/nowhere/config")
    expect(page.get_by_label("Path of the kubeconfig")).to_be_focused()


def test_a_test_says_why_the_server_cannot_be_reached_and_keeps_nothing(
    page: Page, kubeconfig: Path
) -> None:
    page.goto("/clusters#connect")
    page.get_by_label("Path of the kubeconfig").fill(str(kubeconfig))
    page.get_by_role("button", name="Test the connection").click()
    result = page.get_by_role("region", name="Result of the test")
    expect(result).to_contain_text("127.0.0.1:1")
    expect(result.locator(".notice.error")).to_be_visible()
    assert not Cluster.objects.exists()


def test_a_refused_token_way_names_the_field_and_an_unverified_server_is_warned_of(
    page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("400")
    page.goto("/clusters#connect")
    page.get_by_label("Server and token").check()
    token = page.get_by_label("Bearer token")
    expect(token).to_have_attribute("type", "password")
    expect(token).to_have_attribute("autocomplete", "off")
    page.get_by_label("Name here").fill("test")
    page.get_by_label("Address of the API server").fill("not an address")
    token.fill("secret")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator("#server-error")).to_contain_text("https://")
    warning = page.get_by_text("Whoever answers at the server's address")
    expect(warning).to_be_hidden()
    page.get_by_label("Verify the server's certificate").uncheck()
    expect(warning).to_be_visible()


def test_credentials_that_are_refused_are_no_success(page: Page) -> None:
    with ApiServer(tls=True, token=TOKEN) as api:
        page.goto("/clusters#connect")
        page.get_by_label("Server and token").check()
        page.get_by_label("Address of the API server").fill(api.url)
        page.get_by_label("Bearer token").fill("another")
        page.get_by_label("Certificate of its authority").fill(api.ca_pem)
        page.get_by_role("button", name="Test the connection").click()
        result = page.get_by_role("region", name="Result of the test")
        expect(result.locator(".notice.error")).to_contain_text("give a new token")
    expect(result.locator(".notice.good")).to_have_count(0)


def test_rights_are_told_verb_by_verb(page: Page) -> None:
    with ApiServer(tls=True, token=TOKEN) as api:
        api.forbid("networkpolicies.networking.k8s.io")
        api.forbid("pods", verbs={"watch"})
        page.goto("/clusters#connect")
        page.get_by_label("Server and token").check()
        page.get_by_label("Address of the API server").fill(api.url)
        page.get_by_label("Bearer token").fill(TOKEN)
        page.get_by_label("Certificate of its authority").fill(api.ca_pem)
        page.get_by_role("button", name="Test the connection").click()
        rights = page.get_by_role("region", name="What is missing")
        expect(rights).to_be_visible()
    policies = rights.get_by_role("row").filter(has_text="networkpolicies: list forbidden")
    expect(policies).to_contain_text("ask for get, list and watch on networkpolicies")
    expect(policies.locator(".chip.deny")).to_have_count(2)
    pods = rights.get_by_role("row").filter(has_text="pods: watch forbidden")
    expect(pods.locator(".chip.allow")).to_have_count(1)
    expect(pods.locator(".chip.deny")).to_have_count(1)
    # What is wrong is in view, and nothing else: a head and two rows.
    expect(rights.get_by_role("row")).to_have_count(3)
    expect(rights.get_by_role("row").nth(1)).to_contain_text("NetworkPolicy")
    result = page.get_by_role("region", name="Result of the test")
    result.get_by_text("kinds are not there, which is fine").click()
    expect(result.get_by_text("CiliumNetworkPolicy")).to_be_visible()
    result.get_by_text("kinds can be read").click()
    works = page.get_by_role("region", name="What can be read")
    expect(works.get_by_role("row").filter(has_text="Namespace")).to_contain_text("works")
    assert accessibility_faults(page) == []


def test_a_cluster_without_a_picture_shows_progress_and_then_its_map(page: Page) -> None:
    rows = [
        resource("Namespace", count=12),
        resource("NetworkPolicy", "forbidden", "Ask for list on networkpolicies."),
        resource("Pod", "waiting", count=4500),
    ]
    cluster = watched("new", status="connecting", confirmed_at=None, counts={}, resources=rows)
    page.goto(f"/clusters/{cluster.pk}")
    expect(page.get_by_text("Reading pods: 4,500 so far")).to_be_visible()
    expect(page.get_by_text("Network policies: forbidden")).to_be_visible()
    expect(page.get_by_text("Ask for list on networkpolicies.")).to_be_visible()
    assert accessibility_faults(page) == []
    Cluster.objects.update(status="lost", detail=LOST)
    services.record_event(cluster.pk, Event.Kind.STATUS, {"status": "lost", "detail": LOST})
    expect(page.get_by_text(LOST)).to_be_visible()
    picture = a_picture(cluster, manifests("web"))
    page.wait_for_url(f"**/snapshots/{picture.snapshot_id}/")
    page.goto(f"/clusters/{cluster.pk}")
    page.wait_for_url(f"**/snapshots/{picture.snapshot_id}/")


def test_whoever_waits_for_a_cluster_that_nothing_reads_is_told_so(page: Page) -> None:
    cluster = a_cluster("alone", status="connecting", confirmed_at=None)
    page.goto(f"/clusters/{cluster.pk}")
    expect(page.get_by_text("Nothing reads this cluster now")).to_be_visible()
    expect(page.get_by_text("No process watches it.")).to_be_visible()
    expect(page.get_by_text("netviz keeps trying")).to_have_count(0)


def test_a_cluster_that_is_removed_while_one_waits_for_it_is_said_to_be(
    page: Page, expected_errors: list[str]
) -> None:
    # Where the stream ends before it says so, the page asks for what is no longer there.
    expected_errors.append("404")
    cluster = watched("new", status="connecting", confirmed_at=None)
    page.goto(f"/clusters/{cluster.pk}")
    expect(page.get_by_text("Connecting to the cluster.")).to_be_visible()
    services.forget_cluster(cluster)
    expect(page.get_by_text("This cluster was removed.")).to_be_visible()


def test_so_is_one_that_was_gone_before_its_events_were_asked_for(
    page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("404")
    held: list[Route] = []
    page.route("**/events?*", lambda each: held.append(each))
    cluster = watched("new", status="connecting", confirmed_at=None)
    with page.expect_request("**/events?*"):
        page.goto(f"/clusters/{cluster.pk}")
    services.forget_cluster(cluster)
    expect(page.get_by_text("This cluster was removed.")).to_be_visible()
    assert len(held) == 1


def test_the_start_page_leads_to_connecting_and_lists_watched_clusters(page: Page) -> None:
    cluster = watched()
    a_picture(cluster, manifests("web"))
    page.goto("/")
    expect(page.get_by_role("link", name="production")).to_have_count(1)
    page.get_by_role("link", name="Connect a cluster").click()
    expect(page.get_by_label("Path of the kubeconfig")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_accessible_and_fits(open_page: OpenPage, width: int) -> None:
    watched()
    watched("staging", status="lost", detail=LOST, verify_tls=False)
    page = open_page(viewport={"width": width, "height": 800})
    page.goto("/clusters#connect")
    expect(page.locator(".cluster")).to_have_count(2)
    page.get_by_label("Server and token").check()
    assert faults_by_day_and_night(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
