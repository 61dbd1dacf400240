/** The map page: the shared view, drawn with islands and lines. */
import { SMALL } from "../graph/budget";
import { foldCrowds } from "../graph/crowds";
import { foldDoubts } from "../graph/doubts";
import { MapCanvas } from "../graph/canvas";
import { canMark, marked } from "../graph/marked";
import type { Explanation, MapView } from "../graph/types";
import { el, fill, part } from "../shared/dom";
import { plural } from "../shared/text";
import { pairOf } from "./ask";
import type { SnapshotData } from "./data";
import { among as beside } from "./first";
import { showLegend } from "./legend";
import { Picking } from "./picking";
import { peerOf, secondEnd } from "./second_end";
import { ANSWER, hasFilters, needsMap, withoutFilters, type ViewState } from "./state";
import { markedFlows, showTable } from "./twin";
import { ViewPage } from "./view_page";

export class MapPage extends ViewPage {
  private readonly canvas = new MapCanvas(part("canvas"), {
    onSelect: (id, joined) => this.clicked(id, joined),
    onToggle: (namespace) => this.toggle(namespace),
    insets: () => this.insets(),
  });
  private fitted = false;
  private readonly picking = new Picking({
    ask: this.actions.ask,
    open: (namespace) => this.toggle(namespace),
    aim: (id) => this.canvas.aim(id),
    changed: () => this.canvas.settle(),
  });

  override async start(): Promise<void> {
    this.actions.pick = (from) => this.picking.begin(from);
    this.listenToKeys();
    this.listenToTools();
    showLegend();
    // Words in the right type take another room than in the one they are first set in.
    void document.fonts.ready.then(() => this.canvas.settle());
    await super.start();
  }

  protected override async draw(
    before: ViewState | null,
    state: ViewState,
    turned: boolean,
  ): Promise<void> {
    if (before && before.selected !== state.selected) this.picking.leave();
    part("stage").dataset["twin"] = state.twin;
    if (!before || turned || needsMap(before, state)) {
      this.loading = this.showMap(state, before === null, turned);
    }
    await this.loading;
    if (state !== this.state) return;
    if (state.twin === "table") await this.showTwin(state, turned);
  }

  protected override mark(_before: ViewState | null, state: ViewState): void {
    this.canvas.select(state.selected || null);
    const stage = part("stage");
    const room = `${this.panel.open} ${state.ask.from}`;
    if (!this.fitted) this.canvas.fit();
    else if (stage.dataset["room"] !== room) this.canvas.settle();
    this.fitted = true;
    stage.dataset["room"] = room;
  }

  protected override reveal(id: string): void {
    if (!this.picking.active) this.canvas.focus(id);
  }

  /** Shows what has this id; where the other end of a question is picked, that is the question's. */
  protected override select(id: string): void {
    const peer = id !== "" && id !== ANSWER && !id.startsWith("policy:");
    if (peer && this.picking.active) this.picking.take(id, this.view);
    else super.select(id);
  }

  protected override escape(): void {
    if (this.picking.active) this.picking.leave();
    else super.escape();
  }

  /** Two nodes are a question, also where no line joins them. */
  private join(id: string): boolean {
    const { selected, ask } = this.state;
    const from = selected === ANSWER ? ask.from : peerOf(selected, this.view);
    const node = this.view.nodes.some((each) => each.id === id);
    if (!from || !node || selected === id) return false;
    const end = secondEnd(from, id, this.view);
    if ("peer" in end) this.actions.ask(from, end.peer);
    else {
      this.picking.begin(from);
      this.picking.take(id, this.view);
    }
    return true;
  }

  private clicked(id: string | null, joined: boolean): void {
    // A slip beside a node is no reason to give up what is being asked.
    if (this.picking.active) {
      if (id) this.picking.take(id, this.view);
    } else if (!(joined && id && this.join(id))) {
      this.choose(id);
    }
  }

  protected override highlight(answer: Explanation | null): void {
    this.canvas.highlight(answer ? pairOf(answer, this.view) : null);
  }

  protected override fetch(data: SnapshotData, state: ViewState): Promise<MapView> {
    return data.map(state);
  }

  private async showMap(state: ViewState, first: boolean, grow: boolean): Promise<void> {
    if (first) part("loading").hidden = false;
    const { data, since } = this;
    const [now, earlier, ...others] = await Promise.all([
      data.map(state),
      since?.map(state) ?? null,
      ...beside.map((each) => each.map(state)),
    ]);
    if (data !== this.data || since !== this.since || needsMap(state, this.state)) return;
    const whole = earlier && canMark(earlier, now) ? marked(earlier, now) : now;
    const [view, ...among] = [whole, ...others].map((each) => foldCrowds(foldDoubts(each))) as [
      MapView,
      ...MapView[],
    ];
    part("loading").hidden = true;
    part("failed").hidden = true;
    const before = new Set(this.view.nodes.map((node) => node.id));
    const same =
      view.nodes.length === before.size && view.nodes.every((node) => before.has(node.id));
    this.view = view;
    this.sentence(view, state);
    this.showEnforcement(view, state);
    this.canvas.show(view, { among, keepPositions: same && view.nodes.length > 0, grow });
  }

  /** The sentence of the whole map, or why there is nothing to see and the way back. */
  private sentence(view: MapView, state: ViewState): void {
    const folded = view.folded?.pairs ?? 0;
    const unknown = view.folded?.not_known ?? 0;
    const hidden = hasFilters(state) && view.edges.length === 0 && folded + unknown === 0;
    const crowd = view.edges.filter((edge) => edge.crowd).length;
    const doubts = view.edges.filter((edge) => edge.quiet && !edge.crowd).length;
    const empty = view.nodes.length === 0;
    // The banner above says it already, in larger words.
    const said = view.enforcement?.enforced === "no" && !state.intended;
    part("sentence-text").textContent =
      empty && !hasFilters(state)
        ? "This input holds no workload. Load the manifests of Deployments, StatefulSets or Pods."
        : hidden
          ? "The filters hide every connection."
          : said
            ? ""
            : (view.sentence ?? "");
    const facts = part("sentence-facts");
    fill(
      facts,
      hidden ? this.button("Clear the filters", () => this.change(withoutFilters(state))) : null,
      folded > 0 && !hidden
        ? el(
            "span",
            {},
            `${plural(folded, "pair")} without a line: the padlocks say that they are open.`,
          )
        : null,
      doubts > 0 && !hidden
        ? el(
            "span",
            {},
            `${plural(doubts, "line")} not drawn: they depend on what the input does not say. Choose a workload marked ? to see them.`,
          )
        : null,
      unknown > 0 && !hidden
        ? el(
            "span",
            {},
            `${plural(unknown, "pair")} without a line: a policy that is not evaluated governs them. The workloads marked ? say which.`,
          )
        : null,
      crowd > 0 && !hidden
        ? el(
            "span",
            {},
            `${plural(crowd, "line")} too many to follow: point at a card, or choose it, to see its own.`,
          )
        : null,
      view.cut ? el("span", {}, view.cut.sentence) : null,
      folding(view),
      state.focus ? this.button("Show everything again", () => this.actions.focus("")) : null,
    );
  }

  private async showTwin(state: ViewState, turned: boolean): Promise<void> {
    const { since } = this;
    const [now, earlier] = await Promise.all([this.data.flows(state), since?.flows(state) ?? null]);
    if (state !== this.state || since !== this.since) return;
    const flows = earlier ? markedFlows(earlier, now) : now;
    const { scrollTop } = part("twin");
    const onSort = (sort: string): void => this.change({ ...this.state, sort }, "replace");
    showTable(flows, state.sort, onSort, this.actions);
    if (turned) part("twin").scrollTop = scrollTop;
  }

  private insets(): { top: number; right: number; bottom: number; left: number } {
    const story = document.querySelector<HTMLElement>("[data-part=story]");
    const words = document.querySelector<HTMLElement>(".words")!;
    const top = words.offsetTop + words.offsetHeight;
    if (SMALL.matches) {
      const sheet = this.panel.open ? part("panel") : story;
      return { top, right: 0, bottom: sheet?.offsetHeight ?? 56, left: 0 };
    }
    return {
      top,
      right: this.panel.open ? part("panel").offsetWidth + 12 : 0,
      bottom: 32,
      left: story ? story.offsetWidth + 12 : 0,
    };
  }

  private listenToTools(): void {
    part("zoom-in").addEventListener("click", () => this.canvas.zoom(1.25));
    part("zoom-out").addEventListener("click", () => this.canvas.zoom(0.8));
    part("fit").addEventListener("click", () => this.canvas.fit());
    part("png").addEventListener("click", () => void this.save());
  }

  private async save(): Promise<void> {
    const href = URL.createObjectURL(await this.canvas.png());
    el("a", { href, download: "netviz-map.png" }).click();
    window.setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }

  private listenToKeys(): void {
    const arrows = {
      ArrowLeft: "left",
      ArrowRight: "right",
      ArrowUp: "up",
      ArrowDown: "down",
    } as const;
    part("canvas").addEventListener("keydown", (event) => {
      const direction = arrows[event.key as keyof typeof arrows];
      if (direction) {
        event.preventDefault();
        const { active, at } = this.picking;
        const next = this.canvas.neighbour(
          (active && at) || this.state.selected || null,
          direction,
        );
        if (!next) return;
        if (active) this.picking.aim(next, this.view);
        else this.change({ ...this.state, selected: next }, "replace");
        this.canvas.focus(next);
      } else if (event.key === "Enter" && this.picking.at) {
        event.preventDefault();
        this.picking.take(this.picking.at, this.view);
      } else if (event.key === "+" || event.key === "-") {
        this.canvas.zoom(event.key === "+" ? 1.25 : 0.8);
      } else if (event.key === "f") {
        this.canvas.fit();
      }
    });
  }
}

/** What is folded, and how to open it. */
function folding({ budget, nodes }: MapView): HTMLElement | null {
  if (nodes.some((node) => node.kind === "group")) {
    return el("span", {}, "Namespaces stand in groups. Click one to open it, or find a name.");
  }
  if (!budget?.reduced) return null;
  return el("span", {}, "Namespaces are folded to keep the map readable. Click one to open it.");
}
