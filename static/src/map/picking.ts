/** Picking the second end of a question: on the map, in the list of names or in the table. */
import type { MapView } from "../graph/types";
import { fill, part } from "../shared/dom";
import { peerName } from "../shared/text";
import { secondEnd } from "./second_end";

interface PickingActions {
  ask: (from: string, to: string) => void;
  /** Open a closed namespace. */
  open: (namespace: string) => void;
  /** Mark the node that Enter would pick. */
  aim: (id: string | null) => void;
  /** The hint came or went: there is another room for the map. */
  changed: () => void;
}

export class Picking {
  private readonly box = part("picking");
  private from = "";
  private aimed: string | null = null;
  private opener: HTMLElement | null = null;

  constructor(private readonly on: PickingActions) {
    part("picking-leave").addEventListener("click", () => this.leave());
  }

  get active(): boolean {
    return this.from !== "";
  }

  /** Where the arrow keys stand. */
  get at(): string | null {
    return this.aimed;
  }

  /** What is chosen next is the destination of a question from here. */
  begin(from: string): void {
    this.from = from;
    this.opener = document.activeElement as HTMLElement | null;
    this.say("Choose a workload or an address outside, here or by its name.");
    this.show(true);
    const twin = part("stage").dataset["twin"] === "table";
    part(twin ? "twin" : "canvas").focus({ preventScroll: true });
  }

  leave(): void {
    if (!this.active) return;
    this.from = "";
    this.aim(null);
    this.show(false);
    if (this.opener?.isConnected) this.opener.focus({ preventScroll: true });
  }

  /** The arrow keys reached a node. */
  aim(id: string | null, view?: MapView): void {
    this.aimed = id;
    this.on.aim(id);
    const label = view?.nodes.find((node) => node.id === id)?.label;
    if (label) this.say(`Enter chooses ${label}.`);
  }

  /** A node, line or name was chosen. */
  take(id: string, view: MapView): void {
    const from = this.from;
    const end = secondEnd(from, id, view);
    if ("peer" in end) {
      this.leave();
      this.on.ask(from, end.peer);
    } else if ("open" in end) {
      this.say(`${end.open} is open now. Choose one of its workloads.`);
      this.on.open(end.open);
    } else {
      this.say(end.instead);
    }
  }

  private say(next: string): void {
    fill(part("picking-question"), `Can ${peerName(this.from)} reach …?`);
    fill(part("picking-next"), next);
  }

  private show(active: boolean): void {
    this.box.hidden = !active;
    part("stage").classList.toggle("is-picking", active);
    this.on.changed();
  }
}
