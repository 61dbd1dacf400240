/** The ask bar: can this reach that on this port? The answer in one sentence. */
import { isIsland, type Explanation, type MapView, type WorkloadItem } from "../graph/types";
import type { Pair } from "../graph/canvas";
import { ApiError } from "../shared/api";
import { el, fill, icon, part } from "../shared/dom";
import { isUncertain, parsePeer, peerName } from "../shared/text";
import { verdictChip } from "./explanation";
import type { Ask } from "./state";

const option = (value: string): HTMLElement => el("option", { value });

const COMMON_PORTS = ["80/TCP", "443/TCP", "53/UDP", "5432/TCP", "6379/TCP", "8080/TCP"];

interface AskActions {
  ask: (ask: Ask) => void;
  /** Show the reasons of the answer. */
  why: () => void;
  clear: () => void;
}

export class AskBar {
  private readonly form = part<HTMLFormElement>("ask");
  private readonly answer = part("answer");
  /** What the form does not offer yet. */
  private names: readonly WorkloadItem[] | null = null;

  constructor(private readonly on: AskActions) {
    this.form.addEventListener("focusin", () => this.offer());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const ask = this.read();
      const missing = this.input(ask.from ? "to" : "from");
      if (!ask.from || !ask.to) missing.focus();
      else on.ask(ask);
    });
    part("ask-swap").addEventListener("click", () => this.turn());
    const fold = part<HTMLButtonElement>("ask-fold");
    fold.addEventListener("click", () => {
      const open = this.form.classList.toggle("is-open");
      fold.setAttribute("aria-expanded", String(open));
      if (open) this.input("from").focus();
    });
  }

  private input(name: keyof Ask): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }

  private read(): Ask {
    const text = (name: keyof Ask): string => this.input(name).value.trim();
    return { from: text("from"), to: text("to"), on: text("on") };
  }

  /** Asks the other way round, or turns what is typed so far. */
  private turn(): void {
    const { from, to, on } = this.read();
    this.set({ from: to, to: from, on });
    if (from && to) this.on.ask({ from: to, to: from, on });
    else this.input(to ? "to" : "from").focus();
  }

  set(ask: Ask): void {
    for (const name of ["from", "to", "on"] as const) {
      if (this.input(name).value !== ask[name]) this.input(name).value = ask[name];
    }
  }

  /** Puts a name into the first field and the cursor into the next. */
  begin(from: string): void {
    this.form.classList.add("is-open");
    this.set({ from, to: "", on: this.input("on").value });
    this.input("to").focus();
  }

  /** Names to offer. To make a thousand options holds up the picture: not before one may be typed. */
  suggest(items: readonly WorkloadItem[]): void {
    this.names = items;
    fill(part("port-names"), COMMON_PORTS.map(option));
    if (this.form.contains(document.activeElement)) this.offer();
  }

  private offer(): void {
    const items = this.names;
    if (!items) return;
    this.names = null;
    const names = items.map((item) => peerName(item.workload));
    const counted = new Map<string, number>();
    for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1);
    const unique = items.map((item) => {
      const name = peerName(item.workload);
      return option(counted.get(name) === 1 ? name : item.workload);
    });
    fill(part("peer-names"), unique, option("0.0.0.0/0"));
  }

  show(explanation: Explanation | null): void {
    this.answer.hidden = explanation === null;
    if (explanation) {
      fill(
        this.answer,
        verdictChip(explanation.verdict),
        el("p", {}, explanation.sentence),
        el("button", { type: "button", class: "button", onclick: this.on.why }, "Why?"),
        this.clearButton(),
      );
    }
  }

  private clearButton(): HTMLElement {
    return el(
      "button",
      {
        type: "button",
        class: "button quiet icon",
        "aria-label": "Take the question away",
        onclick: this.on.clear,
      },
      icon("M4 4l8 8M12 4l-8 8"),
    );
  }

  fail(error: unknown): void {
    this.answer.hidden = false;
    const text = error instanceof ApiError ? error.detail || error.title : String(error);
    fill(
      this.answer,
      el("span", { class: "chip deny" }, "not asked"),
      el("p", {}, text),
      this.clearButton(),
    );
  }
}

/** The two nodes of the map that an explanation speaks of, and the side that closes the way. */
export function pairOf(answer: Explanation, view: MapView): Pair | null {
  const source = nodeFor(answer.source, view, "out");
  const target = nodeFor(answer.destination, view, "in");
  if (!source || !target || source === target) return null;
  const port = answer.port ?? "";
  if (answer.verdict !== "deny") {
    const uncertain = isUncertain(answer.verdict);
    return { source, target, closedAt: null, uncertain, text: uncertain ? `? ${port}` : port };
  }
  const egress = answer.egress.verdict === "deny";
  const ingress = answer.ingress.verdict === "deny";
  const closedAt = egress && ingress ? "both" : egress ? "source" : "target";
  return { source, target, closedAt, text: `✕ ${port || "closed"}` };
}

function nodeFor(peer: string, view: MapView, side: "in" | "out"): string | null {
  // An open namespace is a place, not the one who asks.
  const drawn = view.nodes.filter((node) => !isIsland(node) || !node.open);
  const ids = new Set(drawn.map((node) => node.id));
  const { namespace } = parsePeer(peer);
  // An address that nothing reaches, or that reaches nothing, is drawn at one margin only.
  const other = side === "in" ? "out" : "in";
  const candidates = [peer, `${side}:${peer}`, `${other}:${peer}`, `ns:${namespace}`];
  return candidates.find((id) => ids.has(id)) ?? null;
}
