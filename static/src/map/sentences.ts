/** The one sentence that says what is selected, before any table. */
import type {
  Explanation,
  ExternalNode,
  Flow,
  GroupNode,
  IslandNode,
  MapEdge,
  NamespaceNode,
  PolicyItem,
  WorkloadItem,
  WorkloadNode,
} from "../graph/types";
import { connectionsText, isUncertain, parsePeer, peerName, plural } from "../shared/text";

const isWorkload = (peer: string): boolean => parsePeer(peer).namespace !== null;

function reach(peers: readonly string[], all: boolean): string {
  if (all) return "everything";
  const workloads = peers.filter(isWorkload).length;
  const outside = peers.length - workloads;
  const parts: string[] = [];
  if (workloads > 0) parts.push(plural(workloads, "workload"));
  if (outside > 0) parts.push(outside === 1 ? "the outside" : plural(outside, "outside range"));
  return parts.join(" and ") || "nothing";
}

interface Reached {
  /** What certainly connects; "nothing" where nothing does. */
  open: string;
  /** What connects if something holds that is not known; empty where there is none. */
  perhaps: string;
}

function reached(flows: readonly Flow[], end: "source" | "destination", all: boolean): Reached {
  const peers = (uncertain: boolean): string[] =>
    flows.filter(({ verdict }) => isUncertain(verdict) === uncertain).map((flow) => flow[end]);
  const maybe = all ? [] : peers(true);
  return { open: reach(peers(false), all), perhaps: maybe.length > 0 ? reach(maybe, false) : "" };
}

/** "a, and perhaps b"; where nothing is certain, that is said. */
function hedged(open: string, perhaps: string): string {
  if (!perhaps) return open;
  return open === "nothing"
    ? `nothing for certain, but perhaps ${perhaps}`
    : `${open}, and perhaps ${perhaps}`;
}

export function workloadSentence(
  node: Pick<WorkloadNode, "label" | "open_to_all" | "opens_to_all">,
  incoming: readonly Flow[],
  outgoing: readonly Flow[],
): string {
  const out = reached(outgoing, "destination", node.opens_to_all === "all");
  const into = reached(incoming, "source", node.open_to_all === "all");
  return (
    `${node.label} may open connections to ${hedged(out.open, out.perhaps && `to ${out.perhaps}`)}; ` +
    `${hedgedVerb(into)}.`
  );
}

function hedgedVerb({ open, perhaps }: Reached): string {
  if (!perhaps) return `${open} may reach it`;
  if (open === "nothing") return `perhaps ${perhaps} may reach it, nothing for certain`;
  return `${open} may reach it, and perhaps ${perhaps}`;
}

/** What a source or destination outside is joined to on this map. */
export function outsideSentence(
  { label, side }: Pick<ExternalNode, "label" | "side">,
  joined: readonly Pick<MapEdge, "verdict">[],
): string {
  const depends = joined.filter(({ verdict }) => isUncertain(verdict)).length;
  const [verb, to] =
    side === "left" ? ["may open connections to", "to "] : ["may be reached by", "by "];
  const open = joined.length > depends ? plural(joined.length - depends, "node") : "nothing";
  const perhaps = depends > 0 ? `${to}${plural(depends, "node")}` : "";
  return `${label} ${verb} ${hedged(open, perhaps)} of this map.`;
}

/** How many pairs of workloads a line between folded namespaces stands for. */
export function betweenSentence(source: string, target: string, flows: readonly Flow[]): string {
  if (flows.length === 0) return `Nothing may connect from ${source} to ${target}.`;
  const depends = flows.filter(({ verdict }) => isUncertain(verdict)).length;
  const ways = `from ${source} to ${target}`;
  const perhaps = `${plural(depends, "pair")} of workloads`;
  if (depends === flows.length && depends > 0) return `Perhaps ${perhaps} may connect ${ways}.`;
  const open = `${plural(flows.length - depends, "pair")} of workloads may connect ${ways}`;
  return depends > 0 ? `${open}, and perhaps ${plural(depends, "more pair")}.` : `${open}.`;
}

/** What a line between two shows, where the server's sentence speaks of one address of many. */
export function lineSentence(
  from: string,
  to: string,
  { connections, verdict }: Pick<Explanation, "connections" | "verdict">,
): string {
  const perhaps = isUncertain(verdict) ? "perhaps " : "";
  return `${peerName(from)} may ${perhaps}open ${connectionsText(connections)} to ${peerName(to)}.`;
}

const WAYS = { ingress: "incoming", egress: "outgoing" } as const;

/** The directions of which nothing is certain, as a policy governs them that is not evaluated. */
export function notKnownSentence({ not_known: hidden }: Pick<WorkloadItem, "not_known">): string {
  const ways = (["ingress", "egress"] as const).filter((way) => hidden?.[way].length);
  if (!hidden || ways.length === 0) return "";
  const names = [...new Set(ways.flatMap((way) => hidden[way]))].map((key) =>
    key.replace("/", " "),
  );
  const more = names.length > 3 ? ` and ${names.length - 2} more` : "";
  const said = more ? names.slice(0, 2) : names;
  const kind = said.length + Number(more !== "") > 1 ? "they are" : "it is";
  return (
    `Its ${ways.map((way) => WAYS[way]).join(" and ")} connections are not known: ` +
    `${said.join(", ")}${more} may open or close them, and ${kind} not evaluated.`
  );
}

export function isolationSentence(
  item: Pick<WorkloadItem, "isolation" | "policies" | "not_known">,
): string {
  const { ingress, egress } = item.isolation;
  const hidden = notKnownSentence(item);
  if (hidden && !ingress && !egress) return hidden;
  if (hidden) return `${isolationSentence({ ...item, not_known: undefined })} ${hidden}`;
  if (!ingress && !egress) {
    const wide = item.policies.ingress.length + item.policies.egress.length > 0;
    return wide
      ? "No NetworkPolicy isolates it; cluster-wide policies decide about some of its connections."
      : "No policy selects it: it is open in both directions.";
  }
  if (ingress && egress) return "Its incoming and its outgoing connections are isolated.";
  return ingress
    ? "Its incoming connections are isolated, its outgoing ones are open."
    : "Its outgoing connections are isolated, its incoming ones are open.";
}

const AMOUNT = { none: "none of them", some: "some of them", all: "all of them" } as const;

/** Whom a policy selects, and what that does to them. */
export function policySentence({
  name,
  namespace,
  selects,
  types,
  evaluated,
}: Pick<PolicyItem, "name" | "namespace" | "selects" | "types" | "evaluated">): string {
  const whom = plural(selects.length, "workload");
  const ways = types.join(" and ").toLowerCase();
  if (!evaluated) {
    if (!ways) return `${name} is not evaluated, and decides nothing about pods here.`;
    const verb = types.length > 1 ? "are" : "is";
    return `${name} may select ${whom}. It is not evaluated, so their ${ways} ${verb} not known.`;
  }
  if (namespace !== "")
    return `${name} selects ${whom}${ways ? ` and isolates their ${ways}` : ""}.`;
  const decides = ways === "" ? "has no rule" : `decides about their ${ways}`;
  return `${name} selects ${whom} and ${decides}; what no rule of it names, it leaves open.`;
}

/** Where a cluster-wide policy stands: "before every NetworkPolicy, priority 10". */
export function orderOf({ tier, priority }: PolicyItem): string {
  const place = tier === "Admin" ? "before every NetworkPolicy" : "after every NetworkPolicy";
  return priority === null ? place : `${place}, priority ${priority}`;
}

export function namespaceSentence(node: NamespaceNode): string {
  return islandSentence(
    node,
    `${node.label} has ${plural(node.workloads, "workload")} in ${plural(node.pods, "pod")}`,
  );
}

/** The size and protection of a group of namespaces, or of what is left of it. */
export function groupSentence(node: GroupNode): string {
  const rest =
    node.namespaces < node.of ? `, and ${node.of - node.namespaces} that stand by themselves` : "";
  return islandSentence(
    node,
    `${node.label} has ${plural(node.namespaces, "namespace")} with ` +
      `${plural(node.workloads, "workload")} in ${plural(node.pods, "pod")}${rest}`,
  );
}

function islandSentence(node: Pick<IslandNode, "isolation" | "not_known">, size: string): string {
  const { ingress, egress } = node.isolation;
  if (node.not_known) {
    const whose = node.not_known === 1 ? "one of them is" : `${node.not_known} of them are`;
    return `${size}. Not all connections are known: ${whose} governed by policies that are not evaluated.`;
  }
  if (ingress === "none" && egress === "none") {
    return `${size}. No policy restricts any of them.`;
  }
  return (
    `${size}. Policies restrict the incoming connections of ` +
    `${AMOUNT[ingress]}, the outgoing ones of ${AMOUNT[egress]}.`
  );
}
