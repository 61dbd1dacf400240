/** The grid: draws heads and cells, and is walked by arrow keys as one stop of the Tab key. */
import { hueOf } from "../graph/palette";
import type { MapNode } from "../graph/types";
import type { ViewState } from "../map/state";
import { el, fill, part } from "../shared/dom";
import { peerName, plural } from "../shared/text";
import { GLYPHS } from "../whatif/changes";
import { cellAt, cellClass, cellSentence, cellText, namespaceOf, pairId } from "./cells";
import { changedCells, saidOf, type CellChange } from "./changed";
import type { MatrixView } from "./types";

interface GridEvents {
  onCell: (row: string, column: string) => void;
  onHead: (id: string) => void;
}

/** A cell as wide as this has room for its ports. */
const ROOMY = 84;
const HEADS = 200;
/** The row of the column heads, and the column of the row heads. */
const HEAD = -1;

const STEPS: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export class Grid {
  private readonly root = part("grid");
  private readonly hint = part("hint");
  private matrix: MatrixView | null = null;
  private nodes = new Map<string, MapNode>();
  private cells: HTMLElement[][] = [];
  private rowHeads: HTMLElement[] = [];
  private columnHeads: HTMLElement[] = [];
  private stop: HTMLElement | null = null;
  private changes: ReadonlyMap<string, CellChange> = new Map();
  private selected: Element[] = [];
  private lit: Element[] = [];

  constructor(private readonly on: GridEvents) {
    this.root.addEventListener("click", (event) => this.open(event.target as Element));
    this.root.addEventListener("keydown", (event) => this.press(event));
    this.root.addEventListener("mouseover", (event) => this.light(event.target as Element));
    this.root.addEventListener("mouseleave", () => this.light(null));
    this.root.addEventListener("focusin", (event) => this.light(event.target as Element));
    window.addEventListener("resize", () => this.fit());
  }

  /** With `earlier`, what is not as it was there is marked; where one looks at stays in view. */
  show(
    matrix: MatrixView,
    certainty: ViewState["certainty"],
    earlier: MatrixView | null = null,
  ): void {
    const kept = this.matrix ? { top: this.root.scrollTop, left: this.root.scrollLeft } : null;
    const focused = this.idsOf(document.activeElement);
    this.changes = earlier ? changedCells(earlier, matrix) : new Map();
    this.matrix = matrix;
    this.nodes = new Map(matrix.nodes.map((node) => [node.id, node]));
    this.stop = null;
    this.lit = [];
    this.columnHeads = matrix.columns.map((id, j) => this.head(id, "col", matrix.columns[j - 1]));
    this.rowHeads = matrix.rows.map((id, i) => this.head(id, "row", matrix.rows[i - 1]));
    this.cells = matrix.rows.map((row, i) =>
      matrix.columns.map((column, j) => this.cell(matrix, row, column, i, j, certainty)),
    );
    const corner = el(
      "th",
      { class: "corner", scope: "col" },
      el("span", { class: "to" }, "to →"),
      el("span", { class: "from" }, "from ↓"),
    );
    const rows = this.cells.map((cells, i) => el("tr", {}, this.rowHeads[i], cells));
    fill(
      this.root,
      el(
        "table",
        { class: "matrix", role: "grid", "aria-label": "Sources as rows, destinations as columns" },
        el("thead", {}, el("tr", {}, corner, this.columnHeads)),
        el("tbody", {}, rows),
      ),
    );
    this.root.setAttribute("aria-busy", "false");
    this.light(null);
    this.fit();
    const again = focused ? this.focusable(...this.indexesOf(focused)) : null;
    this.rest(again ?? this.cells[0]?.[0] ?? null);
    if (kept) this.root.scrollTo({ ...kept, behavior: "instant" });
    again?.focus({ preventScroll: true });
  }

  /** The row and the column that an element of the grid stands for; null for anything else. */
  private idsOf(target: Element | null): [string, string] | null {
    if (!this.matrix || !target || !this.root.contains(target)) return null;
    const at = this.placeOf(target);
    return at && [this.matrix.rows[at[0]] ?? "", this.matrix.columns[at[1]] ?? ""];
  }

  clear(content: HTMLElement): void {
    this.matrix = null;
    this.cells = this.rowHeads = this.columnHeads = [];
    this.lit = this.selected = [];
    this.hint.textContent = "";
    fill(this.root, content);
    this.root.setAttribute("aria-busy", "false");
  }

  /** Ports are written into the cells where they have room. */
  private fit(): void {
    const columns = this.matrix?.columns.length ?? 0;
    const width = columns > 0 ? (this.root.clientWidth - HEADS) / columns : 0;
    this.root.classList.toggle("roomy", width >= ROOMY);
  }

  private head(id: string, side: "row" | "col", before: string | undefined): HTMLElement {
    const node = this.nodes.get(id)!;
    const namespace = namespaceOf(node);
    const begins = before === undefined || groupOf(this.nodes.get(before)!) !== groupOf(node);
    const th = el(
      "th",
      { scope: side, class: `head ${node.kind}${begins ? " first" : ""}` },
      el(
        "button",
        { type: "button", tabindex: "-1", "data-head": id, title: this.headTitle(node) },
        this.headName(node, namespace),
      ),
    );
    tint(th, namespace);
    return th;
  }

  private headName(node: MapNode, namespace: string): (HTMLElement | string)[] {
    if (node.kind === "workload") {
      return [el("span", { class: "of" }, `${namespace}/`), el("span", {}, node.label)];
    }
    if (node.kind === "external") return [node.label];
    return [
      el("span", { class: "fold", "aria-hidden": "true" }, "▸ "),
      el("span", {}, node.label),
      el("span", { class: "of" }, ` ${node.workloads}`),
    ];
  }

  private headTitle(node: MapNode): string {
    if (node.kind === "external") return node.addresses;
    if (node.kind === "workload") return node.id;
    return `${node.label}, ${plural(node.workloads, "workload")}: open it`;
  }

  private cell(
    matrix: MatrixView,
    row: string,
    column: string,
    i: number,
    j: number,
    certainty: ViewState["certainty"],
  ): HTMLElement {
    const answer = cellAt(matrix, i, j);
    const [source, target] = [this.nodes.get(row)!, this.nodes.get(column)!];
    const namespace = namespaceOf(source);
    const same = namespace !== "" && namespace === namespaceOf(target);
    const firsts = `${edge(this.rowHeads[i]!, "top")}${edge(this.columnHeads[j]!, "left")}`;
    const change = this.changes.get(pairId(row, column));
    const td = el(
      "td",
      {
        class: `${cellClass(answer, certainty)}${same ? " own" : ""}${firsts}${change ? ` is-${change.kind}` : ""}`,
        tabindex: "-1",
        "data-at": `${i} ${j}`,
        "data-ports": cellText(answer) || null,
        "aria-label": `${nameOf(source)} to ${nameOf(target)}: ${cellSentence(answer)}${saidOf(change)}`,
      },
      el("span", { class: "mark" }),
      change
        ? el("span", { class: "change-mark", "aria-hidden": "true" }, GLYPHS[change.kind])
        : null,
    );
    if (same) tint(td, namespace);
    return td;
  }

  /** Where an element of the grid stands; null for anything else. */
  private placeOf(target: Element | null): [number, number] | null {
    const cell = target?.closest<HTMLElement>("td[data-at]");
    if (cell) {
      const [row, column] = cell.dataset["at"]!.split(" ").map(Number) as [number, number];
      return [row, column];
    }
    const head = target?.closest<HTMLElement>("th.head");
    if (!head) return null;
    const row = this.rowHeads.indexOf(head);
    return row >= 0 ? [row, HEAD] : [HEAD, this.columnHeads.indexOf(head)];
  }

  /** What takes the focus at a place. */
  private focusable(row: number, column: number): HTMLElement | null {
    if (row === HEAD && column === HEAD) return null;
    if (row === HEAD) return this.columnHeads[column]?.querySelector("button") ?? null;
    if (column === HEAD) return this.rowHeads[row]?.querySelector("button") ?? null;
    return this.cells[row]?.[column] ?? null;
  }

  private press(event: KeyboardEvent): void {
    const at = this.placeOf(event.target as Element);
    if (!at) return;
    const [row, column] = at;
    const last = { row: this.cells.length - 1, column: this.columnHeads.length - 1 };
    const step = STEPS[event.key];
    let next: [number, number] | null = null;
    if (step) next = [row + step[0], column + step[1]];
    else if (event.key === "Home") next = [event.ctrlKey ? 0 : row, 0];
    else if (event.key === "End") next = [event.ctrlKey ? last.row : row, last.column];
    else if ((event.key === "Enter" || event.key === " ") && row !== HEAD && column !== HEAD) {
      event.preventDefault();
      this.open(event.target as Element);
      return;
    }
    if (!next) return;
    event.preventDefault();
    const target = this.focusable(...next);
    if (!target) return;
    this.rest(target);
    target.focus();
  }

  /** The one place where the Tab key stops. */
  private rest(target: HTMLElement | null): void {
    this.stop?.setAttribute("tabindex", "-1");
    target?.setAttribute("tabindex", "0");
    this.stop = target;
  }

  private open(target: Element): void {
    const at = this.placeOf(target);
    if (!at || !this.matrix) return;
    const [row, column] = at;
    this.rest(this.focusable(row, column));
    const source = this.matrix.rows[row];
    const destination = this.matrix.columns[column];
    if (source && destination) this.on.onCell(source, destination);
    else this.on.onHead((source ?? destination)!);
  }

  /** Row and column of what is pointed at stand out, and the line below says it in words. */
  private light(target: Element | null): void {
    const at = this.placeOf(target);
    for (const each of this.lit) each.classList.remove("lit");
    this.lit = [];
    if (!at || !this.matrix) {
      this.hint.textContent = this.matrix
        ? "Point at a cell to read it, choose it to see why. Arrow keys walk, Enter chooses."
        : "";
      return;
    }
    const [row, column] = at;
    if (row !== HEAD) this.lit.push(this.rowHeads[row]!, ...this.cells[row]!);
    if (column !== HEAD) {
      this.lit.push(this.columnHeads[column]!, ...this.cells.map((cells) => cells[column]!));
    }
    for (const each of this.lit) each.classList.add("lit");
    this.hint.textContent = this.said(row, column);
  }

  private said(row: number, column: number): string {
    const matrix = this.matrix!;
    if (row === HEAD || column === HEAD) {
      const id = (matrix.rows[row] ?? matrix.columns[column])!;
      const node = this.nodes.get(id)!;
      return node.kind === "external" ? `${node.label}: ${node.addresses}` : this.headTitle(node);
    }
    const [source, target] = [matrix.rows[row]!, matrix.columns[column]!];
    const names = [source, target].map((id) => nameOf(this.nodes.get(id)!)).join(" → ");
    const change = this.changes.get(pairId(source, target));
    return `${names}: ${cellSentence(cellAt(matrix, row, column))}${saidOf(change)}`;
  }

  /** Marks a cell, or the heads of a node, as chosen. */
  select(ends: readonly [string, string] | null, node: string): void {
    for (const each of this.selected) {
      each.classList.remove("selected");
      each.removeAttribute("aria-selected");
    }
    const [row, column] = ends ? this.indexesOf(ends) : [HEAD, HEAD];
    const cell = this.cells[row]?.[column];
    this.selected = cell ? [cell] : this.headsOf(node);
    for (const each of this.selected) each.classList.add("selected");
    if (!cell) return;
    cell.setAttribute("aria-selected", "true");
    this.rest(cell);
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private indexesOf([row, column]: readonly [string, string]): [number, number] {
    const rows: readonly string[] = this.matrix?.rows ?? [];
    const columns: readonly string[] = this.matrix?.columns ?? [];
    return [rows.indexOf(row), columns.indexOf(column)];
  }

  private headsOf(id: string): HTMLElement[] {
    const [row, column] = this.indexesOf([id, id]);
    return [this.rowHeads[row], this.columnHeads[column]].filter((each) => each !== undefined);
  }

  reveal(id: string): void {
    for (const each of this.headsOf(id)) {
      each.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
}

const nameOf = (node: MapNode): string =>
  node.kind === "workload" ? peerName(node.id) : node.label;

const edge = (head: HTMLElement, side: string): string =>
  head.classList.contains("first") ? ` first-${side}` : "";

/** Heads of one group stand together: workloads of a namespace, closed namespaces, the outside. */
const groupOf = (node: MapNode): string =>
  node.kind === "workload" ? `in ${namespaceOf(node)}` : node.kind;

function tint(element: HTMLElement, namespace: string): void {
  if (namespace) element.style.setProperty("--hue", String(hueOf(namespace)));
}
