/** Is what is selected in this picture at all? An address may name what was in an earlier one. */
import type { MapView, PolicyItem, WorkloadItem } from "../graph/types";
import { parsePeer, peerName } from "../shared/text";
import { ANSWER } from "./state";

interface Known {
  readonly view: MapView;
  readonly workloads: readonly WorkloadItem[];
  readonly policies: readonly PolicyItem[];
}

/** The names of what is gone of a selection; none where all of it is there. */
export function goneOf(selected: string, known: Known): string[] {
  if (selected === ANSWER || selected === "") return [];
  if (selected.startsWith("policy:")) {
    const key = selected.slice("policy:".length);
    return known.policies.some(({ policy }) => policy === key) ? [] : [nameOfPolicy(key)];
  }
  return selected
    .split(" -> ")
    .filter((id) => isGone(id, known))
    .map((id) => (id.startsWith("ns:") ? `The namespace ${id.slice(3)}` : peerName(id)));
}

const nameOfPolicy = (key: string): string => {
  const [kind, ...rest] = key.split("/");
  return `${kind} ${rest.join("/")}`;
};

function isGone(id: string, { view, workloads }: Known): boolean {
  const node = view.nodes.find((each) => each.id === id);
  if (node) return node.change === "lost";
  if (id.startsWith("ns:")) return !workloads.some(({ namespace }) => namespace === id.slice(3));
  // The outside is there, drawn or not, and a variant is there as long as its workload is.
  if (parsePeer(id).namespace === null) return false;
  const whole = id.replace(/\{.*\}$/, "");
  return !workloads.some(({ workload }) => workload === whole);
}
