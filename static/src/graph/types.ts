/** The JSON that the REST API speaks, as the pages read it. */

export type Ranges = [number, number][];
/** What a connection may use: everything, or protocol → inclusive port ranges. */
export type Connections = "all" | Record<string, Ranges>;
export type Verdict = "allow" | "deny" | "conditional" | "unknown";
export type FlowVerdict = Exclude<Verdict, "deny">;
export type EdgeChange = "added" | "removed" | "changed" | "unchanged";
export type NodeChange = "new" | "lost" | "changed" | null;
export type Level = "auto" | "namespace" | "workload";

/** Names of policies, for each direction of a workload. */
export interface PerDirection {
  ingress: string[];
  egress: string[];
}

/** Some namespaces as one node. */
export interface GroupNode {
  id: string;
  kind: "group";
  /** What the address calls it. */
  name: string;
  label: string;
  /** The open group that it is in. */
  parent: string | null;
  open: boolean;
  /** Those that it stands for, of all that are in it. */
  namespaces: number;
  of: number;
  parts: number;
  workloads: number;
  pods: number;
  isolation: NamespaceNode["isolation"];
  open_to_all: number;
  opens_to_all: number;
  not_known: number;
  change?: NodeChange;
}

export interface NamespaceNode {
  id: string;
  kind: "namespace";
  label: string;
  /** The open group that it is in. */
  parent: string | null;
  open: boolean;
  workloads: number;
  pods: number;
  isolation: { ingress: "none" | "some" | "all"; egress: "none" | "some" | "all" };
  /** Workloads inside that a policy governs that is not evaluated. */
  not_known?: number;
  labels?: Record<string, string>;
  change?: NodeChange;
  /** Set by the drawing: what all workloads inside may open to each other. */
  mesh?: string;
}

export interface WorkloadNode {
  id: string;
  kind: "workload";
  label: string;
  parent: string;
  letters: string;
  workload_kind: string;
  pods: number;
  isolation: { ingress: boolean; egress: boolean };
  open_to_all: Connections | null;
  opens_to_all: Connections | null;
  /** Policies that are not evaluated and leave a direction unknown. */
  not_known?: PerDirection;
  outside_in: Connections | null;
  outside_out: Connections | null;
  self: Connections | null;
  policies: string[];
  marks: string[];
  variant: string;
  /** Ways in from outside, the best verdict among them; null where there is none. */
  entry?: EntryBadge | null;
  change?: NodeChange;
  /** Set by the drawing: many lines that are not certain meet here and are not shown at first. */
  doubt?: boolean;
}

export interface ExternalNode {
  id: string;
  kind: "external";
  side: "left" | "right";
  label: string;
  parent: null;
  addresses: string;
  change?: NodeChange;
}

/** What opens and closes. */
export type IslandNode = NamespaceNode | GroupNode;

export type MapNode = IslandNode | WorkloadNode | ExternalNode;

export const isIsland = (node: MapNode): node is IslandNode =>
  node.kind === "namespace" || node.kind === "group";

/** What the address calls an island where it is open. */
export const islandName = (node: IslandNode): string =>
  node.kind === "group" ? node.name : node.label;

export interface MapEdge {
  id: string;
  source: string;
  target: string;
  connections: Connections;
  text: string;
  verdict: FlowVerdict;
  reason: string | null;
  width: 1 | 2 | 3;
  change?: EdgeChange;
  /** Set by the drawing: shown when one of its ends is pointed at. */
  quiet?: boolean;
  /** Quiet because there are too many to follow. */
  crowd?: boolean;
  before?: Connections;
  after?: Connections;
}

/** The map, or (with `change` on nodes and edges) the union of a before and an after. */
export interface MapView {
  version?: number;
  level?: "group" | "namespace" | "workload";
  budget?: { limit: number; elements: number; reduced: boolean };
  sentence?: string;
  nodes: MapNode[];
  edges: MapEdge[];
  /** What had no room. */
  cut?: { sentence: string } | null;
  folded?: { pairs: number; not_known?: number };
  enforcement?: Enforcement;
}

export interface Problem {
  source: string;
  document: number;
  path: string | null;
  line: number | null;
  severity: "error" | "warning" | "info";
  message: string;
  suggestions?: string[];
  object?: string | null;
}

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  problems: Problem[];
}

export interface Enforcement {
  cni: string;
  enforced: "yes" | "no" | "unknown";
  evidence: string;
  intended: boolean;
  /** Where the plugin, what is kept for the cluster, or the question, departs from the usual. */
  profile?: { flag: string; value: boolean; by: "plugin" | "snapshot" | "request" }[];
}

export interface NotEvaluated {
  apiVersion: string;
  kind: string;
  count: number;
  reason: string;
  names?: string[];
}

export interface Flow {
  source: string;
  destination: string;
  connections: Connections;
  verdict: FlowVerdict;
  reason: string | null;
}

export interface FlowList {
  version: number;
  summary: { namespaces: number; workloads: number; pods: number; policies: number };
  enforcement: Enforcement;
  not_evaluated: NotEvaluated[];
  problems: Problem[];
  flows: Flow[];
}

export interface Step {
  tier: string;
  policy: string | null;
  rule: string | null;
  effect: string;
  source: string | null;
  line: number | null;
  text: string;
}

export interface Side {
  side: "ingress" | "egress";
  subject: string;
  verdict: Verdict;
  connections: Connections;
  isolated: boolean;
  chain: string;
  isolated_by: { policy: string; source: string | null; line: number | null }[];
  steps: Step[];
}

/** One question, or the part of one that the same rules decide. */
export interface Explained {
  source: string;
  destination: string;
  port: string | null;
  verdict: Verdict;
  reason: string | null;
  sentence: string;
  connections: Connections;
  /** What else may be open, where no port was asked for. */
  possibly: { connections: Connections; verdict: Verdict; reason: string } | null;
  egress: Side;
  ingress: Side;
}

export interface Explanation extends Explained {
  parts: Explained[];
  services: ServiceUse[];
  paths: EntryPath[];
}

export interface EntryBadge {
  verdict: Verdict;
  internet: boolean;
  paths: number;
}

/** One way in: from what callers dial over a Service to a port of a workload. */
export interface EntryPath {
  kind: string;
  object: string;
  source: string;
  line: number | null;
  host: string | null;
  path: string | null;
  opened: string | null;
  service: string | null;
  backend: string;
  port: string;
  caller: string;
  verdict: Verdict;
  reason: string | null;
  internet: boolean;
}

export interface ServiceUse {
  service: string;
  port: string;
  target: string;
  opened: boolean;
  source: string;
  line: number | null;
}

/** What pods to come could open to a workload (ingress), or it to them (egress). */
export interface Exposed {
  direction: "ingress" | "egress";
  workload: string;
  peer: string;
  connections: Connections;
  named_ports: string[];
  verdict: Verdict;
  reason: string | null;
}

export interface Exposure {
  exposure: Exposed[];
}

export interface WaysIn {
  paths: EntryPath[];
  services?: ServiceUse[];
}

/** A flow that a draft opens or closes besides the one asked for. */
export interface FixFlow {
  source: string;
  destination: string;
  connections: Connections;
  verdict: Verdict;
}

/** The smallest rules that open a pair, or why there are none. */
export interface FixAnswer {
  outcome: "open already" | "fixed" | "opens more" | "cannot";
  sentence: string;
  obstacles: string[];
  documents: { name: string; policy: string; side: string; replaces: boolean; content: string }[];
  extra: FixFlow[];
  closes: FixFlow[];
}

export interface PolicyNote {
  path: string;
  line: number | null;
  text: string;
}

export interface PolicyItem {
  policy: string;
  kind: string;
  namespace: string;
  name: string;
  source: string | null;
  line: number | null;
  types: string[];
  tier: "Admin" | "NetworkPolicy" | "Baseline";
  priority: number | null;
  evaluated: boolean;
  selects: string[];
  yaml: string;
  notes: PolicyNote[];
}

export interface WorkloadItem {
  workload: string;
  namespace: string;
  name: string;
  kind: string;
  pods: number;
  labels: Record<string, string>;
  isolation: { ingress: boolean; egress: boolean };
  policies: PerDirection;
  not_known?: PerDirection;
  source: string | null;
  line: number | null;
}
