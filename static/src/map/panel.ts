/** The panel beside the map and the matrix: one page per kind of selection, a sentence first. */
import type {
  Explanation,
  Flow,
  MapView,
  PolicyItem,
  WorkloadItem,
  WorkloadNode,
} from "../graph/types";
import { isAbort } from "../shared/api";
import { el, fill, part, type Child } from "../shared/dom";
import { askable, askName, parsePeer, peerName, plural } from "../shared/text";
import type { SnapshotData } from "./data";
import { explanationParts, verdictChip } from "./explanation";
import { fixPart, isClosed } from "./fix";
import { failure, frame, labels, marks, notes, skeleton } from "./frame";
import { goneOf } from "./gone";
import { groupPage, summaryPage } from "./group_pages";
import { betweenPage, namespacePage, outsidePage, policyPage, type Context } from "./pages";
import { flowList, folding, pickButton, place, policyLink, section, type Actions } from "./parts";
import { potentialSection } from "./potential";
import { RANGES } from "../graph/crowds";
import { isolationSentence, lineSentence, workloadSentence } from "./sentences";
import { ANSWER, scopeOf, type Ask, type ViewState } from "./state";
import { servicesSection, waysOfWorkload, waysSection } from "./ways";

/** The workload, or of a variant of one what is its own: pods, isolation, policies. */
function itemOf(
  items: readonly WorkloadItem[],
  peer: string,
  node: WorkloadNode | undefined,
): WorkloadItem | undefined {
  const whole = items.find(({ workload }) => workload === peer.replace(/\{.*\}$/, ""));
  if (!whole || !node?.variant) return whole;
  const own = (names: string[]): string[] => names.filter((name) => node.policies.includes(name));
  const { ingress, egress } = whole.policies;
  const policies = { ingress: own(ingress), egress: own(egress) };
  return { ...whole, pods: node.pods, isolation: node.isolation, policies };
}

export class Panel {
  private readonly root = part("panel");
  private shown = "";
  /** Another picture is read: what is open stays until its own is here. */
  private replaced = false;

  constructor(
    private data: SnapshotData,
    private readonly actions: Actions,
  ) {}

  get open(): boolean {
    return !this.root.hidden;
  }

  /** Reads another picture of the same cluster from now on. */
  turn(data: SnapshotData): void {
    this.data = data;
    this.shown = "";
    this.replaced = true;
  }

  /** Shows what `state.selected` names. */
  async show(state: ViewState, view: MapView): Promise<void> {
    const wanted = state.selected;
    const asked = wanted === ANSWER ? Object.values(state.ask).join(" ") : "";
    // What is in view is part of what several pages say: an island's fold, a filter by port.
    const key = `${wanted} ${asked} ${scopeOf(state)}`;
    if (key === this.shown) return;
    this.shown = key;
    this.root.hidden = !wanted;
    const { replaced } = this;
    this.replaced = false;
    if (!wanted) return;
    if (!replaced) fill(this.root, frame(this.actions, "Loading", "", skeleton()));
    try {
      const content = await this.content(wanted, state, view);
      if (this.shown === key) fill(this.root, content);
    } catch (error) {
      if (isAbort(error) || this.shown !== key) return;
      fill(this.root, frame(this.actions, "No answer", "", failure(error)));
    }
    if (!replaced) this.root.scrollTop = 0;
  }

  private async content(wanted: string, state: ViewState, view: MapView): Promise<HTMLElement> {
    const context = { data: this.data, actions: this.actions, state, view };
    const gone = await this.gone(wanted, view);
    if (gone) return gone;
    if (wanted === ANSWER) return this.answer(state);
    if (wanted.startsWith("policy:")) return policyPage(context, wanted.slice("policy:".length));
    // Not every pair that one page shows is a line on the other.
    const [source, target] = wanted.split(" -> ");
    if (source && target) return this.edge(source, target, context);
    const node = view.nodes.find((each) => each.id === wanted);
    if (node?.kind === "namespace") return namespacePage(context, node);
    if (node?.kind === "group") return groupPage(context, node);
    if (node?.kind === "external") return outsidePage(context, node);
    return this.workload(wanted, node as WorkloadNode | undefined, state);
  }

  /** A page for what an earlier picture had and this one has not. */
  private async gone(wanted: string, view: MapView): Promise<HTMLElement | null> {
    const there = new Set(view.nodes.filter(({ change }) => change !== "lost").map(({ id }) => id));
    if (wanted === ANSWER || wanted.split(" -> ").every((id) => there.has(id))) return null;
    const [workloads, policies] = await Promise.all([this.data.workloads(), this.data.policies()]);
    const gone = goneOf(wanted, { view, workloads, policies });
    if (gone.length === 0) return null;
    const text = `${gone.join(" and ")} ${gone.length === 1 ? "is" : "are"} not in this picture.`;
    const more = "An earlier one may have it: the history of the cluster says when it went.";
    const title = peerName(wanted.replace(/^(policy|ns):/, "").split(" -> ")[0]!);
    return frame(
      this.actions,
      title,
      el("span", { class: "chip removed" }, "− gone"),
      el("p", { class: "lead" }, text),
      el("p", { class: "muted" }, more),
    );
  }

  private async workload(
    peer: string,
    node: WorkloadNode | undefined,
    state: ViewState,
  ): Promise<HTMLElement> {
    const [flows, ways, exposure, items, policies] = await Promise.all([
      this.data.flowsOf(peer, state),
      this.data.ways(peer, state.intended),
      this.data.exposure(peer, state.intended),
      this.data.workloads(),
      this.data.policies(),
    ]);
    const { namespace, name, kind } = parsePeer(peer);
    const item = itemOf(items, peer, node);
    const incoming = flows.filter((flow) => flow.destination === peer);
    const outgoing = flows.filter((flow) => flow.source === peer);
    const facts = node ?? { label: name, open_to_all: null, opens_to_all: null };
    const subtitle = el(
      "p",
      { class: "muted" },
      `${kind ?? "Workload"} in `,
      el(
        "button",
        {
          type: "button",
          class: "link-button",
          onclick: () => this.actions.select(`ns:${namespace}`),
        },
        namespace ?? "",
      ),
      item ? `, ${plural(item.pods, "pod")} ` : " ",
      item ? place(item.source, item.line) : null,
    );
    return frame(
      this.actions,
      name,
      subtitle,
      el("p", { class: "lead" }, workloadSentence(facts, incoming, outgoing)),
      item ? el("p", {}, isolationSentence(item)) : null,
      marks(node),
      this.workloadButtons(peer, state, item),
      section("Allowed in", this.flows(incoming, "source", peer, node?.open_to_all === "all")),
      section(
        "Allowed out",
        this.flows(outgoing, "destination", peer, node?.opens_to_all === "all"),
      ),
      waysOfWorkload(ways, this.actions),
      item ? this.policiesOf(item, policies) : null,
      potentialSection(exposure),
      item ? labels(item.labels) : null,
    );
  }

  private workloadButtons(
    peer: string,
    state: ViewState,
    item: WorkloadItem | undefined,
  ): HTMLElement {
    const focused = state.focus === peer;
    return el(
      "div",
      { class: "panel-actions" },
      el(
        "button",
        {
          type: "button",
          class: "button",
          "aria-pressed": focused,
          onclick: () => this.actions.focus(focused ? "" : peer),
        },
        focused ? "Show everything again" : "Show only its connections",
      ),
      el(
        "button",
        { type: "button", class: "button", onclick: () => this.actions.ask(askName(peer), "") },
        "Ask from here",
      ),
      pickButton(peer, this.actions),
      item
        ? el(
            "a",
            { class: "button", href: this.data.pageOf("workloads", peer, state.intended) },
            "Open its page",
          )
        : null,
    );
  }

  private flows(
    flows: readonly Flow[],
    end: "source" | "destination",
    peer: string,
    everything: boolean,
  ): Child[] {
    const note = everything
      ? el(
          "p",
          { class: "open-note" },
          end === "source"
            ? "Every pod and the outside may connect, on every port."
            : "It may connect to every pod and to the outside, on every port.",
        )
      : null;
    const empty = end === "source" ? "Nothing may connect." : "It may connect to nothing.";
    return [note, flowList(flows, end, peer, this.actions, empty)];
  }

  private policiesOf(item: WorkloadItem, all: readonly PolicyItem[]): HTMLElement {
    const names = new Set([...item.policies.ingress, ...item.policies.egress]);
    const selected = all.filter((policy) => names.has(policy.policy));
    if (selected.length === 0) {
      return section("Policies that select it", el("p", { class: "muted" }, "None."));
    }
    const rows = selected.map((policy) =>
      el(
        "li",
        {},
        policyLink(policy.policy, this.actions),
        " ",
        el("span", { class: "muted" }, policy.types.join(" and ").toLowerCase()),
        policy.evaluated ? null : el("span", { class: "chip unknown" }, "not evaluated"),
        " ",
        place(policy.source, policy.line),
        notes(policy),
      ),
    );
    return section("Policies that select it", folding(rows, "rows"));
  }

  private async edge(source: string, target: string, context: Context): Promise<HTMLElement> {
    const [from, to] = [source, target].map((id) => id.replace(/^(in|out):/, "")) as [
      string,
      string,
    ];
    if ([from, to].some((end) => end.startsWith("group:") || end === RANGES)) {
      return summaryPage(context, source, target);
    }
    if (from.startsWith("ns:") || to.startsWith("ns:")) {
      return betweenPage(context, source, target);
    }
    const asked = { from: askable(from), to: askable(to), on: "" };
    const answer = await this.data.explain(asked, context.state.intended);
    const lead = lineSentence(from, to, answer);
    return frame(
      this.actions,
      `${peerName(from)} → ${peerName(to)}`,
      verdictChip(answer.verdict),
      el("p", { class: "lead" }, asked.from === from && asked.to === to ? answer.sentence : lead),
      explanationParts(answer, this.actions),
      this.ways(answer),
    );
  }

  private async answer(state: ViewState): Promise<HTMLElement> {
    const answer = await this.data.explain(state.ask, state.intended);
    const fix = isClosed(answer) ? fixPart(this.data, state.ask, state.intended) : null;
    const port = answer.port ? ` on ${answer.port}` : "";
    return frame(
      this.actions,
      `${peerName(answer.source)} → ${peerName(answer.destination)}${port}`,
      verdictChip(answer.verdict),
      el("p", { class: "lead" }, answer.sentence),
      this.turned(state.ask),
      fix,
      explanationParts(answer, this.actions),
      this.ways(answer),
    );
  }

  private turned({ from, to, on }: Ask): HTMLElement {
    const onclick = (): void => this.actions.ask(to, from, on);
    return el(
      "p",
      { class: "panel-actions" },
      el("button", { type: "button", class: "button", onclick }, "Ask the other way round"),
    );
  }

  /** How the question's source may come in, if it is outside, and what leads to its destination. */
  private ways(answer: Explanation): Child[] {
    const outside = parsePeer(answer.source).namespace === null;
    return [
      outside ? waysSection(answer.paths, this.actions, "Ways in", true) : null,
      servicesSection(answer.services),
    ];
  }
}
