/** Where a finding leads: the map that shows it, and the draft that would remove it. */
import { askable } from "../shared/text";
import type { Finding } from "./types";

/** The map with what the finding is about; empty where it is about the cluster as a whole. */
export function mapLink(map: string, finding: Finding): string {
  const [first, second] = finding.show;
  const query = new URLSearchParams();
  const policy = finding.objects.find(({ object }) => object.split("/")[0]?.endsWith("Policy"));
  if (first && second) {
    query.set("from", askable(first));
    query.set("to", askable(second));
    if (finding.port) query.set("on", finding.port);
    query.set("sel", "answer");
  } else if (first?.startsWith("ns:")) {
    query.set("ns", first.slice(3));
  } else if (first) {
    query.set("focus", first);
    query.set("sel", policy ? `policy:${policy.object}` : first);
  } else if (policy) {
    query.set("sel", `policy:${policy.object}`);
  } else {
    return "";
  }
  return `${map}?${query.toString()}`;
}

export const fixLink = (whatif: string, finding: Finding): string =>
  `${whatif}?fix=${encodeURIComponent(finding.key)}`;
