"""`make bench-peers`: `manage.py flows` beside network-config-analyzer (nca) on the same YAML.

Both read the same directory of namespaces, pods and policies and write their text to a file. Each
figure is the user CPU time of the whole process, start-up included, because shared machines are
noisy: the best of several runs for netviz, half of them after nca, beside their median, and one run
of nca, which needs minutes. The answers are compared, too: every row between two workloads, with
its ports. (Rows with addresses are left out: nca joins what netviz keeps apart, and knows no IPv6
unless asked.)

nca is installed from PyPI into an environment of its own, below var/peers.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from statistics import median
from typing import NamedTuple

import yaml

from benchmarks.shapes import lean
from policies.evaluator.scalars import resolve

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "var" / "peers"
NCA = "network-config-analyzer==2.1.0"
# nca reduces a workload to two pods. With seven it has the endpoints of the clusters by which the
# targets were set: 284 for 1,000 pods, some 1,400 for 5,000.
PODS_PER_WORKLOAD = 7
FILES = {"Namespace": "namespaces.yaml", "Pod": "pods.yaml", "NetworkPolicy": "policies.yaml"}


class Size(NamedTuple):
    """A cluster, and how many times faster than nca netviz must be on it; 0 for any."""

    pods: int
    policies: int
    target: int


SIZES = {
    "1000": Size(1_000, 150, 10),
    "3000": Size(3_000, 450, 100),
    "5000": Size(5_000, 750, 300),
    "10000": Size(10_000, 1_500, 0),
    "dense": Size(300, 750, 50),
}
# nca needs more than five minutes for 10,000 pods.
USUAL = ["1000", "3000", "5000", "dense"]

Rows = dict[tuple[str, str], str]


def write_cluster(size: Size, folder: Path) -> None:
    """One file of YAML documents for each kind, as `kubectl get -o yaml` and editors have them."""
    folder.mkdir(parents=True, exist_ok=True)
    objects = lean(size.pods, size.policies, PODS_PER_WORKLOAD)
    for kind, file in FILES.items():
        documents = (each for each in objects if each["kind"] == kind)
        with (folder / file).open("w") as stream:
            yaml.dump_all(documents, stream, Dumper=_Dumper, sort_keys=False)


class _Dumper(yaml.CSafeDumper):
    """Quotes what Kubernetes would not take for text, as kubectl does."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if resolve(text) == text else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def nca_program() -> Path:
    """nca, installed when it is not yet."""
    folder = PEERS / "nca"
    program = folder / "bin" / "nca"
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", NCA]
        subprocess.run(install, check=True)
    return program


def user_seconds(command: list[str], output: Path) -> float:
    """User CPU time of a process, and of those that it waited for; its text goes to `output`."""
    # As installed programs do, with what Python compiled at the first run.
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with output.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed with status {status}")
    return usage.ru_utime


def netviz_rows(text: str) -> Rows:
    """What netviz says workloads may open to each other."""
    return dict(_rows(text, r"(\S+\]) => (\S+\]) : (.*)"))


def nca_rows(text: str) -> Rows:
    """The same of nca, in netviz's words."""
    return {pair: _nca_ports(said) for pair, said in _rows(text, r"(\S+\]) => (\S+\]) : (.*)")}


def _rows(text: str, pattern: str) -> list[tuple[tuple[str, str], str]]:
    return [((a, b), said) for a, b, said in re.findall(f"^{pattern}$", text, re.MULTILINE)]


def _nca_ports(said: str) -> str:
    groups = re.findall(r"\{protocols:(\w+),dst_ports:([\d,-]+)\}", said)
    return ",".join(f"{protocol} {ports}" for protocol, ports in sorted(groups)) or (
        "All Connections" if said == "All connections" else said
    )


def measure(name: str, runs: int, nca: Path | None) -> None:
    """Print the line of one size."""
    size = SIZES[name]
    with tempfile.TemporaryDirectory(prefix="netviz-peers-") as scratch:
        folder, ours, theirs = (Path(scratch, each) for each in ("cluster", "netviz", "nca"))
        write_cluster(size, folder)
        flows = [sys.executable, "manage.py", "flows", str(folder)]
        spent = [user_seconds(flows, ours) for _ in range(runs)]
        slow = 0.0
        if nca is not None:
            given = [f"--{each}={folder}" for each in ("connectivity", "pod_list", "ns_list")]
            slow = user_seconds([str(nca), *given, "-o", "txt_no_fw_rules"], theirs)
        spent += [user_seconds(flows, ours) for _ in range(runs)]
        best = min(spent)
        line = f"{size.pods:>7,} {size.policies:>8,} {best:>9.2f} {median(spent):>9.2f}"
        if nca is None:
            print(line, flush=True)
            return
        found, expected = netviz_rows(ours.read_text()), nca_rows(theirs.read_text())
        differ = sum(found.get(pair) != expected.get(pair) for pair in found.keys() | expected)
        wanted = f"{size.target}x" if size.target else ""
        agreed = f"{len(found):,} rows, {differ} differ"
        print(f"{line} {slow:>9.2f} {slow / best:>7.0f}x {wanted:>7}   {agreed}", flush=True)


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=USUAL)
    parser.add_argument(
        "--runs", type=int, default=5, help="of netviz before nca, and after it; the best counts"
    )
    parser.add_argument("--alone", action="store_true", help="without nca")
    arguments = parser.parse_args()
    nca = None if arguments.alone else nca_program()
    ours = f"{'pods':>7} {'policies':>8} {'netviz s':>9} {'median':>9}"
    print(f"{ours} {'nca s':>9} {'ratio':>8} {'target':>7}")
    for name in arguments.sizes:
        measure(name, arguments.runs, nca)


if __name__ == "__main__":
    main()
