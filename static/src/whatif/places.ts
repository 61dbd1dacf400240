/** Places that stay: a new layout only when something has none yet, never for what comes back. */

import { canEvolve, evolve } from "../graph/evolve";
import { layOut, type Placement } from "../graph/layout";
import { isIsland, type MapEdge, type MapNode, type MapView } from "../graph/types";

export interface Placed {
  readonly placement: Placement;
  /** True when nodes may stand elsewhere than before. */
  readonly moved: boolean;
}

/**
 * Remembers where everything of this page stands.
 *
 * Lines that an earlier draft had are laid out with the rest, so that undoing an edit, or one of
 * the toggles, finds each node where it was.
 */
export class Places {
  readonly #edges = new Map<string, MapEdge>();
  #shapes = new Map<string, string>();
  #placement: Placement | null = null;
  #view: MapView | null = null;
  #portrait = false;

  /** With `grow` what stays does so to the pixel, and what is new finds room beside it. */
  of(view: MapView, portrait = false, grow = false): Placed {
    const before = this.#placement;
    if (before !== null && portrait === this.#portrait && this.#knows(view)) {
      return { placement: before, moved: false };
    }
    if (grow && before !== null && this.#view !== null && canEvolve(this.#view, view)) {
      this.#remember(view, evolve(view, { view: this.#view, placement: before }, this.#portrait));
      return { placement: this.#placement!, moved: false };
    }
    this.#portrait = portrait;
    for (const edge of view.edges) this.#edges.set(edge.id, edge);
    const here = new Set(view.nodes.map((node) => node.id));
    const edges = [...this.#edges.values()].filter(
      (edge) => here.has(edge.source) && here.has(edge.target),
    );
    const placement = layOut({ ...view, edges }, portrait);
    this.#remember(view, placement);
    return { placement, moved: true };
  }

  #remember(view: MapView, placement: Placement): void {
    this.#placement = placement;
    this.#view = view;
    this.#shapes = new Map(view.nodes.map((node) => [node.id, shapeOf(node)]));
  }

  #knows(view: MapView): boolean {
    return (
      view.nodes.every((node) => this.#shapes.get(node.id) === shapeOf(node)) &&
      view.edges.every((edge) => this.#placement?.routes.has(edge.id))
    );
  }
}

/** What of a node decides how much room it takes. */
function shapeOf(node: MapNode): string {
  if (!isIsland(node)) return node.label;
  const mesh = node.kind === "namespace" ? (node.mesh ?? "") : "";
  return `${node.label} ${node.open} ${node.workloads === 0} ${mesh}`;
}
