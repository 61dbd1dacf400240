"""Pods that are written alike are read as the parser reads them, each of them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from policies.evaluator import quickpods
from policies.evaluator.collect import Collected
from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.jsonlist import Lines, Taken
from policies.evaluator.origin import Origin
from policies.evaluator.read import read_state
from policies.evaluator.state import ClusterState
from policies.evaluator.yamltemplate import is_read
from policies.evaluator.yamltext import read_yaml
from tests.support.alike import MANY, listed, pod_text, separated, texts_read

ONE_MORE = pod_text(MANY)


def read(text: str) -> ClusterState:
    return read_state([SourceText("a.yaml", text.encode())])


def by_both_ways(*more: str) -> tuple[ClusterState, ClusterState]:
    """Many pods and some more, read by what they have in common, and by the parser."""
    pods = [*map(pod_text, range(MANY)), *more]
    return read(separated(pods, "---")), read(separated(pods, "--- "))


def left_to_quick(text: str, limits: Limits = Limits()) -> int:
    """How many objects were not told by what others have in common."""
    collected = Collected("default")
    count = 0

    def quick(
        item: msgspec.Raw, origin: Origin, *, implied: bool, lines: Lines | None
    ) -> Taken | None:
        nonlocal count
        count += 1
        return collected.quick(item, origin, implied=implied, lines=lines)

    for _ in read_yaml("a.yaml", text, limits, quick=quick, pods=collected):
        pass
    return count


def test_many_pods_are_read_as_by_the_parser() -> None:
    alike, parsed = by_both_ways(*map(pod_text, range(MANY, 3 * MANY)))
    assert alike == parsed
    assert len(alike.pods) == 3 * MANY
    assert not alike.problems


def test_of_pods_that_are_written_alike_only_the_first_are_read_as_a_whole() -> None:
    pods = [pod_text(number) for number in range(10 * MANY)]
    assert left_to_quick(separated(pods, "---")) < 2 * MANY
    assert left_to_quick(listed(pods)) < 2 * MANY


def test_what_the_pods_of_a_workload_share_is_read_once() -> None:
    pods = [pod_text(number) for number in range(10 * MANY)]
    assert 0 < texts_read(separated(pods, "---")) <= 5


def test_a_line_that_never_differed_and_does_now_is_no_longer_shared() -> None:
    first = [pod_text(number) for number in range(MANY)]
    then = [
        pod_text(number).replace("hostIP: 192.168.0.1", f"hostIP: 192.168.0.{number}")
        for number in range(MANY, 4_000)
    ]
    text = separated([*first, *then], "---")
    assert texts_read(text) < 2_000
    assert read(text).pods == read(separated([*first, *then], "--- ")).pods


def test_keys_with_a_percent_sign_are_taken_as_they_are() -> None:
    pods = [
        pod_text(number).replace("checked:", "'%s%%d':").replace("tier:", "'100%s':")
        for number in range(2 * MANY)
    ]
    alike, parsed = read(separated(pods, "---")), read(separated(pods, "--- "))
    assert alike == parsed


def test_the_pods_of_a_list_are_read_as_documents_are() -> None:
    pods = [pod_text(number) for number in range(2 * MANY)]
    found, expected = read(listed(pods)), read(separated(pods, "--- "))
    nowhere = msgspec.structs.replace
    assert [nowhere(each, origin=Origin()) for each in found.pods] == [
        nowhere(each, origin=Origin()) for each in expected.pods
    ]
    lines = listed(pods).split("\n")
    assert all(
        lines[each.origin.line - 1] == "- apiVersion: v1" and each.origin.document == 1
        for each in found.pods
    )
    assert len({each.origin.line for each in found.pods}) == 2 * MANY


ODD = {
    "a comment": ("spec:", "# a: b\nspec:"),
    "a comment behind a value": ("phase: Running", "phase: Running # so far"),
    "a blank line": ("spec:", "\nspec:"),
    "a tab for space": ("  phase:", "\tphase:"),
    "a tab behind a value": ("phase: Running", "phase: Running\t"),
    "space behind a value": ("phase: Running", "phase: Running  "),
    "other line ends": ("\n", "\r\n"),
    "another line end in it": ("uid: 0", "uid: 0\r0"),
    "a line end of Unicode": ("uid: 0", "uid: 0\u20280"),
    "a mark of the byte order": ("apiVersion", "\ufeffapiVersion"),
    "an anchor": ("phase: Running", "phase: &a Running"),
    "an alias": ("phase: Running", "phase: *a"),
    "a tag": ("image: registry", "image: !!str registry"),
    "an unknown tag": ("image: registry", "image: !x registry"),
    "an unread value in brackets": ("image: registry", "image: [registry"),
    "an unread value that goes on": ("image: registry", "image: registry\n      goes on"),
    "an unread text in several lines": ("image: ", "image: |\n      "),
    "an unread text with a separator": ("image: ", "image: |\n\n---\n      "),
    "an unread text that is quoted and goes on": ("image: ", "image: 'a\n\n      b'\n    x: "),
    "an unread quote that does not end": ("image: ", "image: '"),
    "an unread escape": ("image: ", 'image: "\\n"\n    x: '),
    "an unread escape that is none": ("image: ", 'image: "\\q"\n    x: '),
    "an unread mapping on the line": ("image: registry", "image: a: registry"),
    "an unread colon at the end": ("image: registry", "image: a:\n    x: registry"),
    "an unread number that is too large": ("image: ", "image: .inf\n    x: "),
    "an unread value that never differed": ("hostIP: 192.168.0.1", "hostIP: 192.168.0.2"),
    "one in brackets that never differed": ("hostIP: 1", "hostIP: [1"),
    "one that never differed, with a comment": ("hostIP: 192.168.0.1", "hostIP: 192.168.0.1 # x"),
    "one that never differed, and goes on": ("hostIP: 1", "hostIP:\n    1"),
    "one that never differed, in another place": ("  hostIP:", "  host:"),
    "one that never differed, as a separator": ("  hostIP: 192.168.0.1", "---"),
    "an unread key that is quoted": ("image:", '"image":'),
    "an unread key that stands twice": ("image:", "image: x\n    image:"),
    "a read key that stands twice": ("podIP:", "podIP: 10.0.0.9\n  podIP:"),
    "a label that stands twice": ("    app:", "    app: other\n    app:"),
    "a quoted key": ("  name:", "  'name':"),
    "a quoted name": ("name: web-", "name: 'web-"),
    "a name in quotes": (f"name: web-0-{MANY}\n", f"name: 'web-0-{MANY}'\n"),
    "a name that is a number": (f"name: web-0-{MANY}\n", "name: 1\n"),
    "a name that is a word": (f"name: web-0-{MANY}\n", "name: yes\n"),
    "a name with a large letter": ("name: web-0", "name: Web-0"),
    "a name that ends with a dash": (f"web-0-{MANY}\n", "web-0-\n"),
    "a name that is too long": (f"web-0-{MANY}\n", f"web-0-{'0' * 250}\n"),
    "a name as long as it may be": (f"web-0-{MANY}\n", f"web-0-{'0' * 240}\n"),
    "a name in other letters": ("name: web-0", "name: wéb-0"),
    "a name of another pod": (f"name: web-0-{MANY}\n", "name: web-0-3\n"),
    "no name": (f"name: web-0-{MANY}\n", "name:\n"),
    "a very long line": ("image: registry", f"image: {'x' * 100_000}"),
    "a very long text": ("image: registry", f"image: {'x y ' * 10_000}z"),
    "another node": ("nodeName: node-", "nodeName: other-"),
    "a node that is a number": ("nodeName: node-", "nodeName: 1"),
    "a node that is no number at all": ("nodeName: node-1", "nodeName: .inf"),
    "no node": ("nodeName: node-1", "nodeName: ''"),
    "another address": ("podIP: 10.1.0.", "podIP: 10.9.9."),
    "an address that is none": ("10.1.0.", "10.1.300."),
    "an address that is a number": (f"10.1.0.{MANY}", "10.5"),
    "a sixth version": (f"10.1.0.{MANY}", "fd00::1"),
    "another phase": ("Running", "Succeeded"),
    "another namespace": ("namespace: ns", "namespace: other"),
    "another label": ("tier: front", "tier: back"),
    "a label that is no text": ("tier: front", "tier: 1"),
    "a label that is a word": ("tier: front", "tier: on"),
    "another owner": ("kind: StatefulSet", "kind: DaemonSet"),
    "another port": ("containerPort: 8080", "containerPort: 8081"),
    "a port that is none": ("containerPort: 8080", "containerPort: 80800"),
    "an annotation": ("checked: a", "checked: prometheus.io/scrape"),
    "a metrics port": ("prometheus.io/port: '1'", "prometheus.io/port: '2'"),
    "another kind": ("kind: Pod", "kind: Pods"),
    "an end of the document": ("phase: Running", "phase: Running\n..."),
    "an end, and more": ("phase: Running", "phase: Running\n...\na: b"),
    "a separator with a comment": ("status:", "--- # x\nstatus:"),
    "a directive": ("phase: Running", "phase: Running\n%YAML 1.1"),
    "fewer lines": ("  hostIP: 192.168.0.1\n", ""),
    "one level less": ("\n  ", "\n "),
}


@pytest.mark.parametrize(("plain", "odd"), ODD.values(), ids=ODD)
def test_a_pod_that_is_not_quite_alike_is_read_as_by_the_parser(plain: str, odd: str) -> None:
    assert plain in ONE_MORE
    alike, parsed = by_both_ways(ONE_MORE.replace(plain, odd), pod_text(MANY + 1))
    assert alike == parsed


@pytest.mark.parametrize("change", [str.upper, str.rstrip, lambda text: text + text[:9]])
def test_other_text_is_read_as_by_the_parser(change: Callable[[str], str]) -> None:
    alike, parsed = by_both_ways(change(ONE_MORE), ONE_MORE)
    assert alike == parsed


def test_an_entry_of_a_list_by_itself_is_no_pod() -> None:
    items = listed(map(pod_text, range(MANY)))
    entry = "- " + ONE_MORE.rstrip("\n").replace("\n", "\n  ") + "\n"
    found, expected = (read(f"{mark}\n{items}{mark}\n{entry}") for mark in ("---", "--- "))
    assert found == expected
    assert len(found.pods) == MANY


def test_many_lines_that_differ_before_one_that_is_odd_are_looked_at_once() -> None:
    lines = "".join(f"    note-{line}: a%s\n" for line in range(60))

    def noted(number: int) -> str:
        notes = lines.replace("%s", str(number))
        return pod_text(number).replace("    checked:", f"{notes}    checked:")

    pods = [*map(noted, range(MANY)), noted(MANY).replace(f"10.1.0.{MANY}", "fd00::1")]
    alike, parsed = read(separated(pods, "---")), read(separated(pods, "--- "))
    assert alike == parsed
    assert len(alike.pods) == MANY + 1


def test_limits_hold_for_pods_that_are_written_alike_as_for_others() -> None:
    pods = [pod_text(number) for number in range(2 * MANY)]
    for limits in (Limits(documents=2 * MANY - 1), Limits(nodes=MANY * 80)):
        found, expected = (
            read_state([SourceText("a.yaml", separated(pods, mark).encode())], limits=limits)
            for mark in ("---", "--- ")
        )
        assert found == expected
        assert found.problems


def test_all_that_is_read_of_a_pod_is_looked_at() -> None:
    inside: dict[tuple[str | int, ...], type[msgspec.Struct]] = {
        ("metadata",): quickpods._Metadata,
        ("spec",): quickpods._Spec,
        ("spec", "containers", 2): quickpods._Container,
        ("spec", "initContainers", 1): quickpods._Container,
        ("status",): quickpods._Status,
        (): quickpods._Pod,
    }
    for path, struct in inside.items():
        for field in msgspec.structs.fields(struct):
            assert is_read((*path, field.encode_name)), field.encode_name
    for known in ("prometheus.io/scrape", "netviz.io/ignore"):
        assert is_read(("metadata", "annotations", known))
    assert not is_read(("metadata", "annotations", "cni.projectcalico.org/podIP"))
    assert not is_read(("spec", "containers", 0, "image"))
    assert is_read(("spec", "containers", 1, "ports", 0, "name"))
