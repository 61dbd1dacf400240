"""What reads the bytes of a state; loaded when the first ones are read."""

from __future__ import annotations

import msgspec

from policies.evaluator.state import ClusterState

__all__ = ["DECODER"]

# Made here, under the import lock: msgspec reads the types of a struct at first use, and two
# threads that do so at once crash the interpreter.
DECODER = msgspec.msgpack.Decoder(ClusterState)
