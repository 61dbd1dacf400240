"""`python -m benchmarks.memory FILE`: the memory that reading and deciding one file takes.

In a process of its own, as the highest point of a process never comes down again. Linux only.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

from policies.evaluator.documents import Limits, SourceText
from policies.evaluator.engine import evaluate
from policies.evaluator.read import read_state

_UNLIMITED = Limits(json_bytes=1 << 40, json_nodes=1 << 40)


def _peak() -> float:
    """Megabytes at the highest point so far. Not what `resource` says, which begins with the memory
    of the process that started this one."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


def main() -> None:
    """Print seconds, and megabytes over those of the interpreter and the input."""
    gc.disable()
    data = Path(sys.argv[1]).read_bytes()
    before = _peak()
    started = time.process_time()
    state = read_state([SourceText("cluster.json", data)], limits=_UNLIMITED)
    evaluation = evaluate(state)
    everyone = evaluation.universe.everyone
    rectangles = sum(1 for _ in evaluation.rectangles_between(everyone, everyone))
    print(
        json.dumps(
            {
                "seconds": time.process_time() - started,
                "megabytes": _peak() - before,
                "total": _peak(),
                "input": len(data) / 1e6,
                "pods": len(state.pods),
                "policies": len(state.policies),
                "classes": len(evaluation.universe.classes),
                "namespaces": len(state.namespaces),
                "rectangles": rectangles,
            }
        )
    )


if __name__ == "__main__":
    main()
