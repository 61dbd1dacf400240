/** Which objects a draft file names, read line by line so that it works while the text is broken. */

export interface OutlineEntry {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Line of `kind:`, from 1. */
  readonly line: number;
}

interface Building {
  kind: string;
  namespace: string;
  name: string;
  line: number;
  /** Margin of the fields of `metadata`, -1 outside of it, 0 until the first one is seen. */
  margin: number;
}

/**
 * The objects of a file, in order; `defaultNamespace` stands in where none is written.
 *
 * Only block style is understood: the server reads the file properly, and this is for labels.
 */
export function outline(content: string, defaultNamespace: string): OutlineEntry[] {
  const entries: OutlineEntry[] = [];
  let current = blank();
  content.split(/\r?\n/).forEach((text, index) => {
    if (/^---(\s|$)/.test(text)) {
      finish(current, entries, defaultNamespace);
      current = blank();
    } else {
      readLine(text, index + 1, current);
    }
  });
  finish(current, entries, defaultNamespace);
  return entries;
}

/** `NetworkPolicy/production/allow-web`, the way policies are named in every answer. */
export function policyId(entry: OutlineEntry): string {
  return `${entry.kind}/${entry.namespace}/${entry.name}`;
}

function blank(): Building {
  return { kind: "", namespace: "", name: "", line: 0, margin: -1 };
}

function readLine(text: string, line: number, current: Building): void {
  const top = /^([A-Za-z][\w-]*):\s*(.*)$/.exec(text);
  if (top !== null) {
    current.margin = top[1] === "metadata" ? 0 : -1;
    if (top[1] === "kind") {
      current.kind = scalar(top[2] ?? "");
      current.line = line;
    }
    return;
  }
  const inner = current.margin === -1 ? null : /^( +)([\w-]+):\s*(.*)$/.exec(text);
  if (inner === null) return;
  const margin = inner[1]?.length ?? 0;
  if (current.margin === 0) current.margin = margin;
  if (margin !== current.margin) return;
  if (inner[2] === "name") current.name = scalar(inner[3] ?? "");
  if (inner[2] === "namespace") current.namespace = scalar(inner[3] ?? "");
}

function scalar(text: string): string {
  const bare = text.replace(/\s+#.*$/, "").trim();
  return bare.replace(/^(["'])(.*)\1$/, "$2");
}

function finish(current: Building, entries: OutlineEntry[], defaultNamespace: string): void {
  if (current.kind === "" || current.name === "") return;
  const { kind, name, line } = current;
  entries.push({ kind, name, line, namespace: current.namespace || defaultNamespace });
}
