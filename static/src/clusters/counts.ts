/** How much there is of a cluster, in words. What may not be read is not counted as none. */

import { plural } from "../shared/text";
import type { Cluster } from "./types";

type Counted = keyof Cluster["counts"];

const WORDS: readonly (readonly [Counted, string, string, string])[] = [
  ["namespaces", "Namespace", "namespace", "namespaces"],
  ["workloads", "", "workload", "workloads"],
  ["pods", "Pod", "pod", "pods"],
  ["policies", "NetworkPolicy", "policy", "policies"],
];

/** "12 pods", or "policies not read"; nothing of what is not known yet. */
export function countsOf(
  { counts, resources }: Pick<Cluster, "counts" | "resources">,
  wanted: readonly Counted[] = WORDS.map(([name]) => name),
): string[] {
  return WORDS.flatMap(([name, kind, one, many]) => {
    const count = counts[name];
    if (count === undefined || !wanted.includes(name)) return [];
    const unread = resources.some(
      (each) => each.kind === kind && (each.state === "forbidden" || each.state === "error"),
    );
    return [unread && count === 0 ? `${many} not read` : plural(count, one, many)];
  });
}
