/** Panel pages of what is not a single workload: namespace, outside, folded line, policy. */
import type { ExternalNode, MapView, NamespaceNode } from "../graph/types";
import { el } from "../shared/dom";
import { plural } from "../shared/text";
import type { SnapshotData } from "./data";
import { frame, labels, notes } from "./frame";
import {
  folding,
  peerLink,
  pickButton,
  place,
  policyLink,
  portsChip,
  section,
  type Actions,
} from "./parts";
import {
  betweenSentence,
  namespaceSentence,
  orderOf,
  outsideSentence,
  policySentence,
} from "./sentences";
import type { ViewState } from "./state";
import { RANGES } from "../graph/crowds";

const CONTROLLER = "out:{ingress-controller}";

/** What a page may read and do. */
export interface Context {
  data: SnapshotData;
  actions: Actions;
  state: ViewState;
  view: MapView;
}

export async function namespacePage(context: Context, node: NamespaceNode): Promise<HTMLElement> {
  const { data, actions } = context;
  const [items, policies] = await Promise.all([data.workloads(), data.policies()]);
  const members = items.filter((item) => item.namespace === node.label);
  const own = policies.filter(
    (policy) =>
      policy.namespace === node.label ||
      (policy.namespace === "" && policy.selects.some((peer) => peer.startsWith(`${node.label}/`))),
  );
  return frame(
    actions,
    node.label,
    el("p", { class: "muted" }, "Namespace"),
    el("p", { class: "lead" }, namespaceSentence(node)),
    el(
      "div",
      { class: "panel-actions" },
      el(
        "button",
        { type: "button", class: "button", onclick: () => actions.toggle(node.label) },
        node.open ? "Fold this namespace" : "Open this namespace",
      ),
    ),
    section(
      "Workloads",
      folding(
        members.map((item) =>
          el(
            "li",
            {},
            peerLink(item.workload, actions),
            el("span", { class: "muted" }, ` ${item.kind}, ${plural(item.pods, "pod")}`),
          ),
        ),
        "rows",
      ),
    ),
    section(
      "Policies",
      own.length === 0
        ? el("p", { class: "muted" }, "None.")
        : folding(
            own.map((policy) => el("li", {}, policyLink(policy.policy, actions), notes(policy))),
            "rows",
          ),
    ),
    labels(node.labels ?? {}),
  );
}

export function outsidePage({ view, actions }: Context, node: ExternalNode): HTMLElement {
  const left = node.side === "left";
  const controller = node.addresses === "{ingress-controller}";
  const joined = view.edges.filter((edge) => edge.source === node.id || edge.target === node.id);
  const rows = joined.map((edge) =>
    el("li", {}, peerLink(left ? edge.target : edge.source, actions), portsChip(edge)),
  );
  return frame(
    actions,
    node.label,
    el("p", { class: "muted" }, left ? "Outside, as a source" : "Outside, as a destination"),
    el("p", { class: "lead" }, outsideSentence(node, joined)),
    node.addresses === RANGES
      ? el("p", {}, "Show the connections of one workload to see which of them it may reach.")
      : controller
        ? section(
            "Who it is",
            el(
              "p",
              {},
              "Pods that serve Ingresses, Gateways or Routes and are not in this snapshot.",
            ),
          )
        : section("Addresses", el("p", { class: "mono" }, node.addresses)),
    node.addresses === RANGES
      ? null
      : el("div", { class: "panel-actions" }, pickButton(node.addresses, actions)),
    section(left ? "May reach" : "Reached by", folding(rows, "flows")),
  );
}

/** A line between folded namespaces stands for the flows of their workloads. */
export async function betweenPage(
  { data, actions, state, view }: Context,
  source: string,
  target: string,
): Promise<HTMLElement> {
  const inside = [source, target].find((id) => id.startsWith("ns:"))!;
  const flows = await data.flowsIn(inside.slice(3), state);
  const within = (id: string, peer: string): boolean =>
    id.startsWith("ns:")
      ? peer.startsWith(`${id.slice(3)}/`)
      : peer === id.replace(/^(in|out):/, "");
  const matching = flows.filter(
    (flow) => within(source, flow.source) && within(target, flow.destination),
  );
  const name = (id: string): string =>
    view.nodes.find((node) => node.id === id)?.label ?? id.replace(/^(ns|in|out):/, "");
  const rows = matching.map((flow) =>
    el(
      "li",
      {},
      peerLink(flow.source, actions),
      " → ",
      peerLink(flow.destination, actions),
      portsChip(flow),
    ),
  );
  const lead = betweenSentence(name(source), name(target), matching);
  return frame(
    actions,
    `${name(source)} → ${name(target)}`,
    null,
    el("p", { class: "lead" }, lead),
    source === CONTROLLER
      ? el("p", { class: "muted" }, "By the ways in that lead there; policies may let it do more.")
      : null,
    rows.length > 0 ? folding(rows, "flows") : openEnds([source, target], view, actions),
  );
}

/** Why a pair of workloads is closed can be asked once both are in view. */
function openEnds(ends: readonly string[], view: MapView, actions: Actions): HTMLElement {
  const closed = view.nodes.filter(
    (node) => node.kind === "namespace" && !node.open && ends.includes(node.id),
  );
  const buttons = closed.map(({ label }) =>
    el(
      "button",
      { type: "button", class: "button", onclick: () => actions.toggle(label) },
      `Open ${label}`,
    ),
  );
  return el(
    "div",
    {},
    el("p", { class: "muted" }, "With its workloads in view, choose two of them to see why."),
    el("p", { class: "panel-actions" }, buttons),
  );
}

export async function policyPage(
  { data, actions, state }: Context,
  id: string,
): Promise<HTMLElement> {
  const policy = (await data.policies()).find((each) => each.policy === id);
  if (!policy) {
    return frame(actions, id, null, el("p", {}, "This snapshot holds no policy of this name."));
  }
  const wide = policy.namespace === "";
  const order = policy.evaluated ? `, ${orderOf(policy)}` : "";
  const where = wide ? `cluster-wide${order}` : `in ${policy.namespace}`;
  return frame(
    actions,
    policy.name,
    el("p", { class: "muted" }, `${policy.kind} ${where} `, place(policy.source, policy.line)),
    el("p", { class: "lead" }, policySentence(policy)),
    notes(policy),
    el(
      "p",
      { class: "panel-actions" },
      el(
        "a",
        { class: "button", href: data.pageOf("policies", id, state.intended) },
        "What each rule does",
      ),
    ),
    section(
      "Selects",
      policy.selects.length === 0
        ? el("p", { class: "muted" }, "No workload carries the labels that it asks for.")
        : folding(
            policy.selects.map((peer) => el("li", {}, peerLink(peer, actions))),
            "rows",
          ),
    ),
    section("As written", el("pre", { class: "yaml", tabindex: "0" }, policy.yaml)),
  );
}
