/** The map on the screen: shows a view, tells what was chosen, keeps places. */
import { withNames } from "./camera";
import type { Box } from "./islands";
import { canEvolve, evolve } from "./evolve";
import { finish, layOutAmong, type Placement } from "./layout";
import { aim, choose, highlight, neighbour, type Direction, type Pair } from "./marks";
import { foldMeshes } from "./mesh";
import { readPalette, type Palette } from "./palette";
import { signs } from "./signs";
import { stylesheet } from "./styles";
import { Surface, type SurfaceOptions } from "./surface";
import type { StylesheetJson } from "cytoscape";
import type { MapView } from "./types";

export type { Pair } from "./marks";

export interface ShowOptions {
  /** Other views of the same: what both have stands at the same place in each. */
  among?: readonly MapView[];
  /** Leave every node that was there where it is, and the view as it is. */
  keepPositions?: boolean;
  /** The same, also where nodes come and go: what is new finds room beside what stays. */
  grow?: boolean;
}

export class MapCanvas extends Surface {
  private boxes = new Map<string, Box>();
  private portrait = false;
  private pair: Pair | null = null;
  private chosen: string | null = null;
  private aimed: string | null = null;

  constructor(container: HTMLElement, options: SurfaceOptions) {
    super(container, options, stylesOf);
  }

  show(given: MapView, { among = [], keepPositions = false, grow }: ShowOptions = {}): void {
    const view = foldMeshes(given);
    if (grow && this.drawn && canEvolve(this.drawn.view, view)) {
      const placement = evolve(view, this.drawn, this.portrait);
      this.boxes = placement.boxes;
      this.hold();
      this.draw(view, placement);
      return;
    }
    const keep = keepPositions && view.nodes.every((node) => this.boxes.has(node.id));
    if (!keep) {
      this.portrait = this.upright;
      this.boxes = new Map();
    }
    const placement = this.place(view, among.map(foldMeshes));
    this.boxes = placement.boxes;
    this.draw(view, placement);
    if (!keep) this.fit(true);
  }

  /** Old places where every node has one, else a new layout. */
  private place(view: MapView, among: readonly MapView[]): Placement {
    const fresh = layOutAmong(view, among, this.portrait);
    const moves = [...fresh.boxes].some(([id, box]) => {
      const old = this.boxes.get(id);
      return old !== undefined && (Math.abs(old.x - box.x) > 1 || Math.abs(old.y - box.y) > 1);
    });
    return moves ? finish(view, this.boxes, this.portrait) : fresh;
  }

  protected override mark(): void {
    this.select(this.chosen);
    this.highlight(this.pair);
    this.aim(this.aimed);
  }

  /** Marks one pair loudly; `null` takes the mark away. */
  highlight(pair: Pair | null): void {
    this.pair = pair;
    if (pair) this.bring(pair.source);
    highlight(this.cy, pair);
  }

  /** Marks a node or line as chosen without telling `onSelect`. */
  select(id: string | null): void {
    this.chosen = id;
    // Of a line, those of its start.
    if (id !== null) this.bring(id.split(" -> ")[0]!);
    choose(this.cy, id);
  }

  /** Marks the node that the next key press would pick; `null` takes the mark away. */
  aim(id: string | null): void {
    this.aimed = id;
    aim(this.cy, id);
  }

  /** The nearest node in a direction, for walking by arrow keys. */
  neighbour(id: string | null, direction: Direction): string | null {
    return neighbour(this.cy, id, direction);
  }

  png(): Promise<Blob> {
    const bg = readPalette().sea;
    return withNames(this.cy, () => this.cy.png({ output: "blob", full: true, scale: 2, bg }));
  }
}

/** Signs cost something at each painting, so they are there only where something is marked. */
function stylesOf(palette: Palette, view: MapView | null): StylesheetJson {
  const marks = view?.edges.some(({ change }) => change) ?? false;
  return marks ? [...stylesheet(palette), ...signs(palette)] : stylesheet(palette);
}
