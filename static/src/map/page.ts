/** Holds the parts of the map page together: one state, one way in. */
import { readableBudget, SMALL } from "../graph/budget";
import { foldDoubts } from "../graph/doubts";
import { MapCanvas } from "../graph/canvas";
import type { Explanation, MapView } from "../graph/types";
import { fill, el, pageData, part } from "../shared/dom";
import { countFindings } from "../shared/findings_count";
import { showBanner, showHonesty } from "../shared/honesty";
import { askable, plural } from "../shared/text";
import { AskBar, pairOf } from "./ask";
import { SnapshotData } from "./data";
import { Filters } from "./filters";
import { failure } from "./frame";
import { showLegend } from "./legend";
import { Outline } from "./outline";
import { Panel } from "./panel";
import type { Actions } from "./parts";
import { Picking } from "./picking";
import { peerOf, secondEnd } from "./second_end";
import {
  ANSWER,
  NO_ASK,
  formatState,
  hasFilters,
  needsMap,
  parseState,
  withoutFilters,
  type ViewState,
} from "./state";
import { showTable } from "./twin";

/** What the server says about this page; the data itself comes from the REST interface. */
interface PageData {
  readonly api: string;
  /** Snapshots that the reader goes on to: what they share stands at the same place in all. */
  readonly among: readonly string[];
}

const EMPTY: MapView = { nodes: [], edges: [] };

export class MapPage {
  private state: ViewState = parseState(location.search);
  private view: MapView = EMPTY;
  private readonly data: SnapshotData;
  private readonly among: readonly SnapshotData[];
  private readonly canvas: MapCanvas;
  private readonly ask: AskBar;
  private readonly filters: Filters;
  private readonly outline: Outline;
  private readonly panel: Panel;
  private readonly picking: Picking;

  constructor() {
    const page = pageData<PageData>("map-page");
    const dataOf = (api: string): SnapshotData => new SnapshotData(api, readableBudget());
    this.data = dataOf(page.api);
    this.among = page.among.map(dataOf);
    const actions: Actions = {
      select: (id) => this.select(id),
      focus: (peer) => this.change({ ...this.state, focus: peer }),
      toggle: (namespace) => this.toggle(namespace),
      ask: (from, to, on = "") => {
        if (to) {
          const asked = { from: askable(from), to: askable(to), on };
          this.change({ ...this.state, selected: ANSWER, ask: asked });
        } else this.ask.begin(from);
      },
      pick: (from) => this.picking.begin(from),
    };
    this.actions = actions;
    this.canvas = new MapCanvas(part("canvas"), {
      onSelect: (id, joined) => this.choose(id, joined),
      onToggle: (namespace) => this.toggle(namespace),
      insets: () => this.insets(),
    });
    this.ask = new AskBar({
      ask: (ask) => this.change({ ...this.state, selected: ANSWER, ask }),
      why: () => actions.select(ANSWER),
      clear: () => this.change({ ...this.state, selected: "", ask: NO_ASK }),
    });
    this.filters = new Filters((state, how) => this.change(state, how));
    this.outline = new Outline((id) => {
      actions.select(id);
      if (!this.picking.active) this.canvas.focus(id);
    });
    this.panel = new Panel(this.data, actions);
    this.picking = new Picking({
      ask: actions.ask,
      open: (namespace) => this.toggle(namespace),
      aim: (id) => this.canvas.aim(id),
      changed: () => this.canvas.settle(),
    });
  }

  private readonly actions: Actions;

  async start(): Promise<void> {
    window.addEventListener("popstate", () => {
      const before = this.state;
      this.state = parseState(location.search);
      void this.render(before);
    });
    this.listenToKeys();
    this.listenToTools();
    showLegend();
    // Words in the right type take another room than in the one they are first set in.
    void document.fonts.ready.then(() => this.canvas.settle());
    await Promise.all([this.render(null), this.loadNames(), this.loadHonesty()]);
  }

  private change(state: ViewState, how: "push" | "replace" = "push"): void {
    const before = this.state;
    if (formatState(before) === formatState(state)) return;
    this.state = state;
    const address = `${location.pathname}${formatState(state)}`;
    if (how === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    void this.render(before);
  }

  private async render(before: ViewState | null): Promise<void> {
    const state = this.state;
    if (before && before.selected !== state.selected) this.picking.leave();
    this.filters.show(state);
    this.ask.set(state.ask);
    part("stage").dataset["twin"] = state.twin;
    try {
      if (!before || needsMap(before, state)) await this.showMap(state, before === null);
      if (state !== this.state) return;
      if (state.twin === "table") await this.showTwin(state);
    } catch (error) {
      this.fail(error);
      return;
    }
    await Promise.all([this.panel.show(state, this.view), this.answer(state)]);
    if (state !== this.state) return;
    this.canvas.select(state.selected || null);
    const stage = part("stage");
    const room = `${this.panel.open} ${state.ask.from}`;
    stage.classList.toggle("has-panel", this.panel.open);
    if (stage.dataset["room"] !== room && before) this.canvas.settle();
    else if (!before) this.canvas.fit();
    stage.dataset["room"] = room;
  }

  private async showMap(state: ViewState, first: boolean): Promise<void> {
    if (first) part("loading").hidden = false;
    const views = await Promise.all([this.data, ...this.among].map((data) => data.map(state)));
    const [view, ...among] = views.map(foldDoubts) as [MapView, ...MapView[]];
    if (state !== this.state) return;
    part("loading").hidden = true;
    part("failed").hidden = true;
    const before = new Set(this.view.nodes.map((node) => node.id));
    const same =
      view.nodes.length === before.size && view.nodes.every((node) => before.has(node.id));
    this.view = view;
    this.sentence(view, state);
    if (view.enforcement) {
      showBanner(view.enforcement, state.intended, (intended) =>
        this.change({ ...this.state, intended }),
      );
    }
    this.canvas.show(view, { among, keepPositions: same && view.nodes.length > 0 });
  }

  /** The sentence of the whole map, or why there is nothing to see and the way back. */
  private sentence(view: MapView, state: ViewState): void {
    const folded = view.folded?.pairs ?? 0;
    const unknown = view.folded?.not_known ?? 0;
    const hidden = hasFilters(state) && view.edges.length === 0 && folded + unknown === 0;
    const doubts = view.edges.filter((edge) => edge.quiet).length;
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
      view.budget?.reduced
        ? el("span", {}, `Namespaces are folded to keep the map readable. Click one to open it.`)
        : null,
      state.focus ? this.button("Show everything again", () => this.actions.focus("")) : null,
    );
  }

  private button(text: string, onclick: () => void): HTMLElement {
    return el("button", { type: "button", class: "link-button", onclick }, text);
  }

  private async answer(state: ViewState): Promise<void> {
    const { from, to } = state.ask;
    let explanation: Explanation | null = null;
    if (from && to) {
      try {
        explanation = await this.data.explain(state.ask, state.intended);
      } catch (error) {
        if (state.selected === ANSWER) this.ask.show(null);
        else this.ask.fail(error);
        this.canvas.highlight(null);
        return;
      }
    }
    if (state !== this.state) return;
    this.ask.show(state.selected === ANSWER ? null : explanation);
    this.canvas.highlight(explanation ? pairOf(explanation, this.view) : null);
  }

  private async showTwin(state: ViewState): Promise<void> {
    const flows = await this.data.flows(state);
    if (state !== this.state) return;
    const onSort = (sort: string): void => this.change({ ...this.state, sort }, "replace");
    showTable(flows, state.sort, onSort, this.actions);
  }

  private async loadNames(): Promise<void> {
    try {
      const items = await this.data.workloads();
      this.ask.suggest(items);
      this.filters.namespaces(items);
      this.outline.load(items);
    } catch (error) {
      this.fail(error);
    }
  }

  private async loadHonesty(): Promise<void> {
    try {
      const [info, problems] = await Promise.all([this.data.info(), this.data.problems()]);
      showHonesty({ ...info, problems });
      void countFindings(pageData<PageData>("map-page").api);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    part("loading").hidden = true;
    const box = part("failed");
    box.hidden = false;
    fill(
      box,
      failure(error),
      el(
        "p",
        { class: "panel-actions" },
        el(
          "button",
          { type: "button", class: "button", onclick: () => location.reload() },
          "Try again",
        ),
      ),
    );
  }

  /** Shows what has this id; where the other end of a question is picked, that is the question's. */
  private select(id: string): void {
    const peer = id !== "" && id !== ANSWER && !id.startsWith("policy:");
    if (peer && this.picking.active) this.picking.take(id, this.view);
    else this.change({ ...this.state, selected: id });
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

  private choose(id: string | null, joined: boolean): void {
    // A slip beside a node is no reason to give up what is being asked.
    if (this.picking.active) {
      if (id) this.picking.take(id, this.view);
      return;
    }
    if (joined && id && this.join(id)) return;
    const node = this.view.nodes.find((each) => each.id === id);
    if (node?.kind === "namespace" && !node.open) this.toggle(node.label, node.id);
    else this.actions.select(id ?? "");
  }

  /** Opens or closes one island; what stays as it is has to be named. */
  private toggle(namespace: string, selected = this.state.selected): void {
    const islands = this.view.nodes.filter((node) => node.kind === "namespace");
    const open = new Set(islands.filter((node) => node.open).map((node) => node.label));
    if (!open.delete(namespace)) open.add(namespace);
    const all = open.size === islands.length && !this.view.budget?.reduced;
    this.change({
      ...this.state,
      selected,
      level: all ? "auto" : "namespace",
      open: all ? [] : [...open].sort(),
    });
  }

  private insets(): { top: number; right: number; bottom: number; left: number } {
    const story = document.querySelector<HTMLElement>("[data-part=story]");
    const words = document.querySelector<HTMLElement>(".words")!;
    const top = words.offsetTop + words.offsetHeight;
    if (SMALL.matches) {
      const sheet = this.panel?.open ? part("panel") : story;
      return { top, right: 0, bottom: sheet?.offsetHeight ?? 56, left: 0 };
    }
    return {
      top,
      right: this.panel?.open ? part("panel").offsetWidth + 12 : 0,
      bottom: 32,
      left: story ? story.offsetWidth + 12 : 0,
    };
  }

  private listenToTools(): void {
    part("zoom-in").addEventListener("click", () => this.canvas.zoom(1.25));
    part("zoom-out").addEventListener("click", () => this.canvas.zoom(0.8));
    part("fit").addEventListener("click", () => this.canvas.fit());
    part("png").addEventListener("click", () => {
      const link = el("a", {
        href: URL.createObjectURL(this.canvas.png()),
        download: "netviz-map.png",
      });
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
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
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (this.picking.active) this.picking.leave();
      else if (this.panel.open) this.actions.select("");
    });
  }
}
