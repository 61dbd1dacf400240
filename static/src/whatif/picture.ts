/** Draws the union of before and after once and shows parts of it; nodes keep their places. */

import { isStill, MOTION } from "../graph/camera";
import { choose } from "../graph/marks";
import { Surface, type SurfaceOptions } from "../graph/surface";
import type { MapView } from "../graph/types";
import { pictureStyles } from "./picture_styles";
import { Places } from "./places";

export class Picture extends Surface {
  readonly #places = new Places();
  #chosen: string | null = null;

  constructor(container: HTMLElement, options: SurfaceOptions) {
    super(container, options, pictureStyles);
  }

  /** Shows a part of a union; what both have stands where it stood, with `grow` in any case. */
  show(union: MapView, shown: MapView, grow = false): void {
    const { placement, moved } = this.#places.of(union, this.upright, grow);
    if (grow && !moved) this.hold();
    const before = moved ? this.#positions() : new Map();
    this.draw(shown, placement);
    if (!moved) return;
    this.fit(before.size === 0);
    this.#slide(before);
  }

  choose(id: string | null): void {
    this.#chosen = id;
    if (id !== null) this.bring(id.split(" -> ")[0]!);
    choose(this.cy, id);
  }

  protected override mark(): void {
    this.choose(this.#chosen);
  }

  #positions(): Map<string, { x: number; y: number }> {
    return new Map(this.cy.nodes().map((node) => [node.id(), { ...node.position() }]));
  }

  /** Shows where each node went, so that the eye can follow; the lines come when all have arrived. */
  #slide(before: ReadonlyMap<string, { x: number; y: number }>): void {
    if (before.size === 0 || isStill()) return;
    const edges = this.cy.edges().addClass("waiting");
    this.cy.nodes().forEach((node) => {
      const to = { ...node.position() };
      node.position(before.get(node.id()) ?? to);
      node.animate({ position: to }, MOTION);
    });
    setTimeout(() => edges.removeClass("waiting"), MOTION.duration);
  }
}
