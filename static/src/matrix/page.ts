/** The matrix page: the shared view, as a grid of sources and destinations. */
import type { Explanation } from "../graph/types";
import { pairOf } from "../map/ask";
import { showLegend } from "../map/legend";
import type { SnapshotData } from "../map/data";
import { ANSWER, hasFilters, needsMap, withoutFilters, type ViewState } from "../map/state";
import { ViewPage } from "../map/view_page";
import { el, fill, part, type Child } from "../shared/dom";
import { asGraph, canAskWhy, cellAt, countSentence, pairId } from "./cells";
import { Grid } from "./grid";
import { matrixRows } from "./legend";
import type { MatrixView } from "./types";

export class MatrixPage extends ViewPage {
  private matrix: MatrixView | null = null;
  private asking: readonly [string, string] | null = null;
  private readonly grid = new Grid({
    onCell: (row, column) => this.chooseCell(row, column),
    onHead: (id) => this.choose(id),
  });

  override async start(): Promise<void> {
    showLegend(matrixRows, "netviz-legend-matrix");
    await super.start();
  }

  protected override async draw(
    before: ViewState | null,
    state: ViewState,
    turned: boolean,
  ): Promise<void> {
    if (!before || turned || needsMap(before, state)) this.loading = this.showMatrix(state);
    await this.loading;
  }

  protected override fetch(data: SnapshotData, state: ViewState): Promise<MatrixView> {
    return data.matrix(state);
  }

  private async showMatrix(state: ViewState): Promise<void> {
    const { data, since } = this;
    const [matrix, earlier] = await Promise.all([data.matrix(state), since?.matrix(state) ?? null]);
    if (data !== this.data || since !== this.since || needsMap(state, this.state)) return;
    part("loading").hidden = true;
    part("failed").hidden = true;
    this.matrix = matrix;
    this.view = asGraph(matrix);
    this.showEnforcement(matrix, state);
    this.sentence(matrix, state);
    if (matrix.rows.length > 0) this.grid.show(matrix, state.certainty, earlier);
    else this.grid.clear(this.nothing(state));
  }

  protected override mark(_before: ViewState | null, state: ViewState): void {
    if (state.selected === ANSWER) {
      this.grid.select(this.asking, "");
      return;
    }
    const [row, column] = state.selected.split(" -> ");
    this.grid.select(row && column ? [row, column] : null, state.selected);
  }

  protected override reveal(id: string): void {
    this.grid.reveal(id);
  }

  protected override highlight(answer: Explanation | null): void {
    const pair = answer ? pairOf(answer, this.view) : null;
    this.asking = pair ? [pair.source, pair.target] : null;
  }

  /** What is open is explained as a line of the map is, what is closed as a question is. */
  private chooseCell(row: string, column: string): void {
    const matrix = this.matrix!;
    const cell = cellAt(matrix, matrix.rows.indexOf(row), matrix.columns.indexOf(column));
    if (cell.verdict === "none") {
      if (row === column) this.choose(row);
    } else if (cell.verdict === "deny" && canAskWhy(row, column)) {
      const peers = [row, column].map((id) => id.replace(/^(in|out):/, "")) as [string, string];
      this.asked(...peers, this.state.port);
    } else {
      this.actions.select(pairId(row, column));
    }
  }

  private sentence(matrix: MatrixView, state: ViewState): void {
    const empty = matrix.rows.length === 0;
    // The banner above says it already, in larger words.
    const said = matrix.enforcement.enforced === "no" && !state.intended;
    part("sentence-text").textContent = empty || said ? "" : matrix.sentence;
    const facts: Child[] = [
      el("span", {}, empty ? "" : countSentence(matrix, state.port)),
      matrix.cut ? el("span", {}, matrix.cut.sentence) : null,
      matrix.budget.reduced
        ? el("span", {}, "Namespaces are folded so that the matrix fits. Choose one to open it.")
        : null,
      state.focus ? this.button("Show everything again", () => this.actions.focus("")) : null,
      hasFilters(state) && !empty && matrix.pairs.opened + matrix.pairs.perhaps === 0
        ? this.button("Clear the filters", () => this.change(withoutFilters(state)))
        : null,
    ];
    fill(part("sentence-facts"), facts);
  }

  private nothing(state: ViewState): HTMLElement {
    const filtered = hasFilters(state);
    return el(
      "div",
      { class: "matrix-empty" },
      el("h2", {}, filtered ? "The filters hide everything" : "There is nothing to compare"),
      filtered
        ? el(
            "button",
            {
              type: "button",
              class: "button",
              onclick: () => this.change(withoutFilters(state)),
            },
            "Clear the filters",
          )
        : el(
            "p",
            {},
            "This input holds no workload. Load the manifests of Deployments, StatefulSets or Pods.",
          ),
    );
  }
}
