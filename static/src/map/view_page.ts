/** What the map and the matrix share: one state in the address, the filters, the questions, the panel. */
import {
  isIsland,
  islandName,
  type Explanation,
  type IslandNode,
  type MapView,
} from "../graph/types";
import { retitle, snapshotIn } from "../live/address";
import { LivePictures } from "../live/pictures";
import type { LivePage } from "../live/types";
import { el, fill, part } from "../shared/dom";
import { countFindings } from "../shared/findings_count";
import { showBanner, showHonesty } from "../shared/honesty";
import { askable } from "../shared/text";
import { AskBar } from "./ask";
import type { SnapshotData } from "./data";
import { Filters } from "./filters";
import * as first from "./first";
import { failure } from "./frame";
import { keepInLinks } from "./links";
import { Outline } from "./outline";
import { Panel } from "./panel";
import type { Actions } from "./parts";
import { ANSWER, NO_ASK, formatState, parseState, type ViewState } from "./state";

const apiOf = (snapshot: string): string => `/api/v1/snapshots/${encodeURIComponent(snapshot)}`;

export abstract class ViewPage {
  protected state: ViewState = first.state;
  protected view: MapView = { nodes: [], edges: [] };
  protected data = first.data;
  /** The picture that the reader comes from, while what is new since is marked. */
  protected since: SnapshotData | null = null;
  /** The picture that the reader goes to, once all that is drawn of it is here. */
  private next: SnapshotData | null = null;
  private readonly live = first.page.live ? this.following(first.page.live) : null;
  /** What is being fetched to draw: who chooses something meanwhile waits for it. */
  protected loading: Promise<void> = Promise.resolve();
  protected readonly actions: Actions;
  protected readonly panel: Panel;
  private readonly ask: AskBar;
  private readonly filters: Filters;
  private readonly outline: Outline;

  constructor() {
    const actions: Actions = {
      select: (id) => this.select(id),
      focus: (peer) => this.change({ ...this.state, focus: peer }),
      toggle: (namespace) => this.toggle(namespace),
      ask: (from, to, on = "") => {
        if (to) this.asked(from, to, on);
        else this.ask.begin(from);
      },
    };
    this.actions = actions;
    this.ask = new AskBar({
      ask: (ask) => this.change({ ...this.state, selected: ANSWER, ask }),
      why: () => actions.select(ANSWER),
      clear: () => this.change({ ...this.state, selected: "", ask: NO_ASK }),
    });
    this.filters = new Filters((state, how) => this.change(state, how));
    this.outline = new Outline((id) => this.found(id));
    this.panel = new Panel(this.data, actions);
  }

  /** Draws what `state` asks for, as far as that is not drawn already; `turned`: of other data. */
  protected abstract draw(
    before: ViewState | null,
    state: ViewState,
    turned: boolean,
  ): Promise<void>;

  /** Fetches what drawing needs. */
  protected abstract fetch(data: SnapshotData, state: ViewState): Promise<unknown>;
  /** Marks what is selected, once the panel shows it. */
  protected abstract mark(before: ViewState | null, state: ViewState): void;
  /** Brings a node into view. */
  protected abstract reveal(id: string): void;
  /** Marks the pair that an answer is about. */
  protected abstract highlight(answer: Explanation | null): void;

  async start(): Promise<void> {
    window.addEventListener("popstate", () => {
      const before = this.state;
      this.state = parseState(location.search);
      const snapshot = snapshotIn(location.pathname);
      const other = snapshot !== null && apiOf(snapshot) !== this.data.root;
      if (this.live && other) {
        this.ask.set(this.state.ask);
        void this.live.goTo(snapshot);
      } else void this.render(before);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.escape();
    });
    this.live?.start();
    await Promise.all([this.render(null), this.loadNames(), this.loadHonesty()]);
  }

  private following(live: LivePage): LivePictures {
    const snapshot = first.page.api.split("/").at(-1)!;
    return new LivePictures(
      live,
      snapshot,
      {
        prepare: (to) => {
          this.next = first.dataOf(apiOf(to));
          return this.fetch(this.next, this.state);
        },
        turn: (to, since) => this.turn(to, since),
        settle: () => {
          this.since = null;
          void this.render(this.state, true);
        },
        intended: () => this.state.intended,
      },
      { ask: (from, to) => this.asked(from, to, "") },
    );
  }

  /** Shows another picture of the cluster; what the reader looks at, and how, stays. */
  private async turn(snapshot: string, since: string | null): Promise<void> {
    const [before, from] = [this.state, this.data];
    const root = apiOf(snapshot);
    this.data = this.next?.root === root ? this.next : first.dataOf(root);
    this.next = null;
    this.since = since === null ? null : from;
    // What is on its way for the other picture is dropped when it arrives.
    this.state = { ...before };
    this.panel.turn(this.data);
    await Promise.all([this.render(before, true), this.loadNames(), this.loadHonesty()]);
  }

  protected change(state: ViewState, how: "push" | "replace" = "push"): void {
    const before = this.state;
    if (formatState(before) === formatState(state)) return;
    this.state = state;
    const address = `${location.pathname}${formatState(state)}`;
    if (how === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    void this.render(before);
  }

  /** Shows what was found by its name; out of a group it comes to stand by itself. */
  private found(id: string): void {
    const drawn = this.view.nodes.some((node) => node.id === id);
    if (drawn || !this.view.nodes.some((node) => node.kind === "group")) {
      this.actions.select(id);
      this.reveal(id);
    } else if (id.startsWith("ns:")) {
      this.toggle(id.slice(3), id);
    } else {
      this.change({ ...this.state, focus: id, selected: id });
    }
  }

  /** Shows what has this id. */
  protected select(id: string): void {
    this.change({ ...this.state, selected: id });
  }

  protected escape(): void {
    if (this.panel.open) this.actions.select("");
  }

  /** Asks about one pair, as the ask bar does. */
  protected asked(from: string, to: string, on: string): void {
    const ask = { from: askable(from), to: askable(to), on };
    this.change({ ...this.state, selected: ANSWER, ask });
  }

  private async render(before: ViewState | null, turned = false): Promise<void> {
    const state = this.state;
    keepInLinks(formatState(state));
    this.filters.show(state);
    // What is being typed stays.
    if (!turned) this.ask.set(state.ask);
    try {
      await this.draw(before, state, turned);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (state !== this.state) return;
    await Promise.all([this.panel.show(state, this.view), this.answer(state)]);
    if (state !== this.state) return;
    part("stage").classList.toggle("has-panel", this.panel.open);
    this.mark(before, state);
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
        this.highlight(null);
        return;
      }
    }
    if (state !== this.state) return;
    this.ask.show(state.selected === ANSWER ? null : explanation);
    this.highlight(explanation);
  }

  protected showEnforcement(view: Pick<MapView, "enforcement">, state: ViewState): void {
    if (!view.enforcement) return;
    showBanner(view.enforcement, state.intended, (intended) =>
      this.change({ ...this.state, intended }),
    );
  }

  private async loadNames(): Promise<void> {
    const { data } = this;
    try {
      const items = await data.workloads();
      if (data !== this.data) return;
      this.ask.suggest(items);
      this.filters.namespaces(items);
      this.outline.load(items);
    } catch (error) {
      this.fail(error);
    }
  }

  private async loadHonesty(): Promise<void> {
    const { data } = this;
    try {
      const [info, problems] = await Promise.all([data.info(), data.problems()]);
      if (data !== this.data) return;
      showHonesty({ ...info, problems, taken_at: this.live?.takenAt(info.id) ?? null });
      if (this.live) retitle(info.title);
      void countFindings(data.root);
    } catch (error) {
      this.fail(error);
    }
  }

  protected button(text: string, onclick: () => void): HTMLElement {
    return el("button", { type: "button", class: "link-button", onclick }, text);
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

  protected choose(id: string | null): void {
    const node = this.view.nodes.find((each) => each.id === id);
    if (node && isIsland(node) && !node.open) this.toggle(islandName(node), node.id);
    else this.actions.select(id ?? "");
  }

  /** Opens or closes one island; what stays as it is has to be named. */
  protected toggle(name: string, selected = this.state.selected): void {
    const islands = this.view.nodes.filter(isIsland);
    const open = new Set(islands.filter((node) => node.open).map(islandName));
    if (open.delete(name)) {
      const closed = islands.find((node) => islandName(node) === name)!;
      for (const each of within(closed, islands)) open.delete(islandName(each));
    } else {
      open.add(name);
    }
    const all = open.size === islands.length && !this.view.budget?.reduced;
    this.change({
      ...this.state,
      selected,
      level: all ? "auto" : "namespace",
      open: all ? [] : [...open].sort(),
    });
  }
}

/** All islands on an island. */
function within(island: IslandNode, all: readonly IslandNode[]): IslandNode[] {
  const own = all.filter((node) => node.parent === island.id);
  return [...own, ...own.flatMap((node) => within(node, all))];
}
