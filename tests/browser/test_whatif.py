"""The what-if page in a browser: draft, errors, deletion, drop, toggles, table, keeping, links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from policies import services
from policies.demo.story import MANIFESTS
from tests.conftest import OpenPage
from tests.support.accessibility import accessibility_faults, faults_by_day_and_night
from tests.support.shop import shop_manifests

Visit = Callable[..., Page]

DENY_REDIS = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: close-redis
  namespace: production
spec:
  podSelector:
    matchLabels:
      app: redis
"""

CLOSE_DATA = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: close
  namespace: data
spec:
  podSelector: {}
"""

PUBLIC = """apiVersion: v1
kind: Service
metadata: {name: public, namespace: production}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  allocateLoadBalancerNodePorts: false
  selector: {app: webserver}
  ports: [{port: 80, targetPort: 8080}]
"""

PHONE = {"width": 390, "height": 844}

DROP = """(files) => {
  const carried = new DataTransfer();
  for (const [name, content] of files) carried.items.add(new File([content], name));
  return carried;
}"""

PLACES = """() => {
  const cy = document.querySelector("[data-part=canvas]")._cyreg.cy;
  const place = (node) => [node.id(), node.position(), node.renderedPosition()];
  return JSON.stringify(cy.nodes().map(place));
}"""

LOWEST = """() => {
  const canvas = document.querySelector("[data-part=canvas]");
  const { y2 } = canvas._cyreg.cy.nodes().renderedBoundingBox({ includeLabels: false });
  return canvas.getBoundingClientRect().y + y2;
}"""

MIDDLE_OF_EDGE = """(id) => {
  const edge = document.querySelector("[data-part=canvas]")._cyreg.cy.getElementById(id);
  const at = edge.renderedMidpoint();
  const box = document.querySelector("[data-part=canvas]").getBoundingClientRect();
  return [box.x + at.x, box.y + at.y];
}"""


@pytest.fixture
def visit(open_page: OpenPage, live_url: str) -> Visit:
    """Opens the what-if page of a step of the story, with what the page shows settled."""
    steps = {step["slug"]: step["snapshot_id"] for step in services.demo_story()}

    def visit_one(slug: str, query: str = "", **options: Any) -> Page:
        page = open_page(reduced_motion="reduce", **options)
        page.goto(f"/snapshots/{steps[slug]}/whatif{query}")
        expect(page.locator("[data-part=cover]")).to_be_hidden()
        return page

    return visit_one


def drop(page: Page, *files: tuple[str, str]) -> None:
    carried = page.evaluate_handle(DROP, [list(file) for file in files])
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("[data-part=whatif]", event, {"dataTransfer": carried})


def story_file(name: str) -> tuple[str, str]:
    return name, (MANIFESTS / name).read_text()


PASTE = """(editor, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const options = { clipboardData, bubbles: true, cancelable: true };
  editor.dispatchEvent(new ClipboardEvent("paste", options));
}"""


def write(page: Page, text: str) -> None:
    """Replaces the text of the open file by a paste: at once, so that nothing half is evaluated."""
    editor = page.get_by_label("Policy file, YAML")
    editor.click()
    page.keyboard.press("Control+a")
    editor.evaluate(PASTE, text)


def row(page: Page, source: str, destination: str) -> Locator:
    rows = page.locator("tr.change")
    return rows.filter(has=page.locator(".c-from", has_text=source)).filter(
        has=page.locator(".c-to", has_text=destination)
    )


def count(page: Page, show: str) -> Locator:
    return page.locator(f"[data-show={show}] .count")


def test_an_opened_flow_is_listed_with_its_ports_and_the_rule_that_opens_it(visit: Visit) -> None:
    page = visit("allow-matches-nothing")
    drop(page, story_file("label.yaml"))
    opened = row(page, "development/curl", "production/webserver")
    expect(opened).to_contain_text("opened")
    expect(opened.locator(".c-ports")).to_have_text("closed → TCP 80")
    expect(opened).to_contain_text("production/allow-devel-pod-to-http · ingress[0]")
    expect(opened).to_contain_text(re.compile(r"allow\.yaml:\d+"))
    expect(page.get_by_text("Simulated · nothing is applied")).to_be_visible()


def test_a_selector_that_finds_no_namespace_is_said_before_anybody_wonders(visit: Visit) -> None:
    page = visit("default-deny")
    drop(page, story_file("allow.yaml"))
    note = page.locator("[data-part=notes]")
    expect(note).to_contain_text("env=development matches no namespace")
    note.get_by_role("button", name="allow.yaml:").click()
    expect(page.get_by_label("Policy file, YAML")).to_be_focused()
    expect(page.locator("[data-part=said]")).to_contain_text(
        "production/allow-devel-pod-to-http selects 2 workloads, 3 pods"
    )


def test_what_a_policy_selects_is_counted_in_folded_namespaces_too(open_page: OpenPage) -> None:
    snapshot, _ = services.store_upload([("shop.yaml", shop_manifests())], "Shop")
    page = open_page(viewport=PHONE)
    page.goto(f"/snapshots/{snapshot.pk}/whatif")
    expect(page.locator("[data-part=cover]")).to_be_hidden()
    drop(page, ("close-data.yaml", CLOSE_DATA))
    said = page.locator("[data-part=said]")
    expect(said).to_contain_text("data/close selects 5 workloads, 9 pods")
    assert not [node for node, *_ in json.loads(page.evaluate(PLACES)) if node.startswith("data/")]


def test_on_a_phone_the_map_has_most_of_the_height_and_leads_downwards(visit: Visit) -> None:
    page = visit("label-added", viewport=PHONE)
    box = page.locator("[data-part=canvas]").bounding_box()
    assert box is not None
    assert box["height"] >= 0.6 * PHONE["height"]
    places = {node: place for node, place, _ in json.loads(page.evaluate(PLACES))}
    assert places["ns:development"]["y"] < places["ns:production"]["y"]
    legend = page.locator("[data-part=legend]").bounding_box()
    assert legend is not None
    assert page.evaluate(LOWEST) < legend["y"]


def test_an_error_is_marked_at_its_line_and_the_last_result_stays(
    visit: Visit, expected_errors: list[str]
) -> None:
    expected_errors.append("status of 422")
    page = visit("flat-network")
    page.locator("[data-part=blank] [data-template=blank]").click()
    write(page, DENY_REDIS)
    expect(count(page, "changes")).not_to_have_text("0")
    write(page, DENY_REDIS.replace("matchLabels:\n      app: redis", "matchLabels: 7"))
    expect(page.locator("[data-part=problems] li").first).to_contain_text("policy.yaml:8")
    expect(page.locator(".cm-lint-marker")).not_to_have_count(0)
    write(page, DENY_REDIS)
    expect(page.locator("[data-part=problems]")).to_have_count(0)
    changes = count(page, "changes").inner_text()
    write(page, "kind: [")
    expect(page.locator("[data-part=state]")).to_contain_text("Shown: the last result")
    expect(count(page, "changes")).to_have_text(changes)
    write(page, DENY_REDIS)
    expect(page.locator("[data-part=problems]")).to_have_count(0)
    expect(page.locator("[data-part=state]")).to_be_hidden()


def test_marking_an_existing_policy_for_deletion_opens_what_it_closed(visit: Visit) -> None:
    page = visit("default-deny")
    page.get_by_text("Policies in the snapshot (1)").click()
    page.locator("[data-policy='NetworkPolicy/development/deny-all']").check()
    opened = row(page, "development/curl", "production/redis")
    expect(opened).to_contain_text("opened")
    expect(opened).to_contain_text("development/deny-all")
    expect(page.get_by_text("1 deletion drafted")).to_be_visible()
    page.get_by_text("kubectl lines").click()
    expect(page.locator("[data-part=kubectl-lines]")).to_contain_text(
        "kubectl delete --dry-run=server -n development networkpolicy/deny-all"
    )


def test_an_existing_policy_is_opened_to_edit_it(visit: Visit) -> None:
    page = visit("default-deny")
    page.get_by_text("Policies in the snapshot (1)").click()
    page.get_by_role("button", name="Edit development/deny-all").click()
    expect(page.get_by_label("Policy file, YAML")).to_contain_text("name: deny-all")
    expect(page.locator("[data-part=state]")).to_contain_text("The draft changes nothing")
    write(page, story_file("default-deny.yaml")[1].replace("- Egress", ""))
    expect(row(page, "development/curl", "production/redis")).to_contain_text("opened")


def test_several_dropped_files_open_as_tabs_and_are_read_together(visit: Visit) -> None:
    page = visit("default-deny")
    drop(page, story_file("allow.yaml"), story_file("label.yaml"), ("notes.pdf", "%PDF"))
    expect(page.locator(".file-name")).to_have_text(["allow.yaml", "label.yaml"])
    expect(page.locator("[data-part=refused]")).to_contain_text("notes.pdf")
    expect(row(page, "development/curl", "production/webserver")).to_contain_text("opened")
    page.get_by_role("button", name="Close label.yaml").click()
    expect(row(page, "development/curl", "production/webserver")).to_have_count(0)


def test_a_kept_draft_is_the_same_behind_its_link(visit: Visit, open_page: OpenPage) -> None:
    page = visit("default-deny")
    drop(page, story_file("allow.yaml"), story_file("label.yaml"))
    expect(row(page, "development/curl", "production/webserver")).to_be_visible()
    table = page.locator("[data-part=changes-body]").inner_text()
    page.get_by_role("button", name="Keep as draft").click()
    link = page.locator("[data-part=kept-link]").get_attribute("href")
    assert link is not None
    other = open_page()
    other.goto(link)
    expect(other.locator(".file-name")).to_have_text(["allow.yaml", "label.yaml"])
    expect(row(other, "development/curl", "production/webserver")).to_be_visible()
    assert other.locator("[data-part=changes-body]").inner_text() == table
    expect(other.get_by_role("button", name="Keep as draft")).to_be_disabled()


def test_no_node_moves_between_before_after_and_changes(visit: Visit) -> None:
    page = visit("default-deny")
    drop(page, story_file("allow.yaml"))
    expect(count(page, "before")).to_have_text("20")
    expect(count(page, "after")).to_have_text("15")
    expect(count(page, "changes")).to_have_text("9")
    places = page.evaluate(PLACES)
    for show in ("before", "after", "changes"):
        page.locator(f"[data-show={show}]").click()
        expect(page.locator(f"[data-show={show}]")).to_have_attribute("aria-pressed", "true")
        assert page.evaluate(PLACES) == places
    page.get_by_label("Only changed").check()
    assert page.evaluate(PLACES) == places


def test_a_line_on_the_map_and_its_row_are_one_selection(visit: Visit) -> None:
    page = visit("allow-matches-nothing")
    drop(page, story_file("label.yaml"))
    opened = row(page, "development/curl", "production/webserver")
    expect(opened).to_be_visible()
    edge = "development/curl[Pod] -> production/webserver[Deployment]"
    x, y = page.evaluate(MIDDLE_OF_EDGE, edge)
    page.mouse.click(x, y)
    expect(opened).to_have_class(re.compile("selected"))
    expect(page).to_have_url(re.compile("change="))
    opened.get_by_role("button", name="opened").click()
    expect(opened).not_to_have_class(re.compile("selected"))


def test_the_view_is_in_the_address_and_back_undoes_a_toggle(visit: Visit) -> None:
    page = visit("default-deny")
    drop(page, story_file("allow.yaml"))
    page.locator("[data-show=after]").click()
    page.get_by_label("Filter the changes").fill("webserver")
    expect(page).to_have_url(re.compile(r"show=after&q=webserver"))
    page.reload()
    expect(page.locator("[data-show=after]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".file-name")).to_have_text(["allow.yaml"])
    expect(page.locator("tr.change")).not_to_have_count(0)
    expect(page.locator("tr.change", has_text="coredns").filter(has_text="curl")).to_have_count(0)
    page.go_back()
    expect(page.locator("[data-show=changes]")).to_have_attribute("aria-pressed", "true")


def test_a_filter_that_hides_all_says_so_and_shows_the_way_back(visit: Visit) -> None:
    page = visit("default-deny", "?q=nowhere")
    drop(page, story_file("allow.yaml"))
    expect(page.get_by_text("None of the 9 changes fits the filter.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("tr.change")).to_have_count(9)


def test_where_nothing_is_enforced_the_intended_state_is_compared_and_said(visit: Visit) -> None:
    page = visit("not-enforced")
    banner = page.locator("[data-not-enforced]")
    expect(banner).to_contain_text("what the policies intend")
    drop(page, ("close-redis.yaml", f"{DENY_REDIS}  policyTypes: [Egress]\n"))
    expect(row(page, "production/redis", "Internet")).to_contain_text("closed")
    banner.get_by_role("button", name="Show what really flows").click()
    expect(page.locator("[data-part=state]")).to_contain_text(
        "The draft changes nothing: this cluster enforces no policy."
    )


def test_a_lost_connection_keeps_the_draft_and_offers_to_try_again(
    visit: Visit, expected_errors: list[str]
) -> None:
    expected_errors.append("ERR_INTERNET_DISCONNECTED")
    page = visit("flat-network")
    drop(page, ("close-redis.yaml", DENY_REDIS))
    expect(row(page, "", "production/redis")).not_to_have_count(0)
    page.context.set_offline(True)
    write(page, DENY_REDIS.replace("redis", "webserver"))
    state = page.locator("[data-part=state]")
    expect(state).to_contain_text("The server does not answer. Your draft is kept on this page.")
    page.context.set_offline(False)
    expect(row(page, "", "production/webserver")).not_to_have_count(0)
    expect(state).to_be_hidden()


def test_markup_in_names_and_text_is_shown_as_text(visit: Visit) -> None:
    page = visit("flat-network")
    name = "<img src=x onerror=alert(1)>.yaml"
    drop(page, (name, DENY_REDIS.replace("podSelector:", "'<b>bold</b>':")))
    expect(page.locator(".file-name")).to_have_text([name])
    expect(page.locator("[data-part=said]")).to_contain_text("<b>bold</b>")
    assert page.locator(".file-name img, [data-part=said] b:text('bold')").count() == 0


def test_the_page_is_walked_by_keyboard(visit: Visit, expected_errors: list[str]) -> None:
    expected_errors.append("status of 422")
    page = visit("flat-network")
    template = page.locator("[data-part=blank] [data-template=deny-all]")
    template.focus()
    page.keyboard.press("Enter")
    editor = page.get_by_label("Policy file, YAML")
    expect(editor).to_contain_text("name: deny-all")
    editor.focus()
    page.keyboard.press("Tab")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(editor).not_to_be_focused()
    first = page.locator("tr.change button[data-change]").first
    first.focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(first).to_be_focused()


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_axe_finds_nothing(visit: Visit, size: tuple[int, int], expected_errors: list[str]) -> None:
    expected_errors.append("status of 422")
    page = visit("default-deny", viewport={"width": size[0], "height": size[1]})
    assert faults_by_day_and_night(page) == []
    drop(page, story_file("allow.yaml"))
    expect(page.locator("tr.change")).to_have_count(9)
    page.get_by_text("Policies in the snapshot (1)").click()
    assert faults_by_day_and_night(page) == []
    write(page, "kind: [")
    expect(page.locator("[data-part=state]")).to_contain_text("Shown: the last result")
    assert faults_by_day_and_night(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_way_in_that_the_draft_opens_is_listed_below_the_flows(visit: Visit) -> None:
    page = visit("default-deny")
    drop(page, ("public.yaml", PUBLIC))
    ways = page.get_by_role("table", name="Ways in from outside")
    expect(ways.locator("tbody tr")).to_contain_text(
        ["openedService production/public TCP 80"], use_inner_text=False
    )
    expect(ways).to_contain_text("nobody → anywhere outside")
    expect(page.locator("[data-part=changes-summary]")).to_contain_text("1 way in opens.")
    expect(page.locator("[data-part=state]")).to_contain_text(
        "The draft changes no flow, but who comes in from outside."
    )
    ways.get_by_role("button", name="public.yaml").click()
    assert accessibility_faults(page) == []
