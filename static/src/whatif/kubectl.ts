/** The `kubectl` lines that a person runs by hand; the page itself never applies anything. */

import type { Draft } from "./draft";

/** One line per command: deletions last, as a new policy should be in place before an old one goes. */
export function kubectlLines(draft: Draft, options: { dryRun: boolean }): string[] {
  const flag = options.dryRun ? " --dry-run=server" : "";
  const files = draft.files.filter((file) => file.content.trim() !== "");
  const lines: string[] = [];
  if (files.length > 0) {
    lines.push(`kubectl apply${flag}${files.map((file) => ` -f ${quote(file.name)}`).join("")}`);
  }
  for (const policy of draft.deletions) {
    // `Kind/namespace/name`, or `Kind/name` of a cluster-wide policy.
    const [kind = "", ...place] = policy.split("/");
    const name = place.at(-1) ?? "";
    const namespace = place.length > 1 ? (place[0] ?? "") : "";
    const scope = namespace === "" ? "" : ` -n ${quote(namespace)}`;
    lines.push(`kubectl delete${flag}${scope} ${quote(`${kind.toLowerCase()}/${name}`)}`);
  }
  return lines;
}

/** A word as a POSIX shell reads it back unchanged: file names come from the person's disk. */
function quote(word: string): string {
  const safe = /^[\w./:@%+=,-]+$/.test(word) && !word.startsWith("-");
  return safe ? word : `'${(word.startsWith("-") ? `./${word}` : word).replaceAll("'", "'\\''")}'`;
}
