/** Level, filters and the switch between map and table. */
import type { WorkloadItem } from "../graph/types";
import { el, fill, part } from "../shared/dom";
import { plural } from "../shared/text";
import { hasFilters, withoutFilters, type ViewState } from "./state";

type Change = (state: ViewState, how?: "push" | "replace") => void;

const TYPING_MS = 350;

export class Filters {
  private readonly menu = part<HTMLDetailsElement>("filters");
  private readonly port = part<HTMLInputElement>("filter-port");
  private readonly certainty = part<HTMLSelectElement>("filter-certainty");
  private state: ViewState | null = null;
  private timer = 0;
  /** Workloads whose namespaces have no box yet. */
  private items: readonly WorkloadItem[] | null = null;

  constructor(private readonly change: Change) {
    for (const button of this.buttons("level")) {
      button.addEventListener("click", () => {
        const level = button.dataset["level"] as ViewState["level"];
        this.update({ level, open: [] });
      });
    }
    for (const button of this.buttons("twin")) {
      button.addEventListener("click", () => {
        this.update({ twin: button.dataset["twin"] as ViewState["twin"] });
      });
    }
    this.port.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => {
        this.update({ port: this.port.value.trim() }, "replace");
      }, TYPING_MS);
    });
    this.certainty.addEventListener("change", () => {
      this.update({ certainty: this.certainty.value as ViewState["certainty"] });
    });
    part("reset").addEventListener("click", () => {
      if (this.state) this.change(withoutFilters(this.state));
    });
    document.addEventListener("click", (event) => {
      if (!this.menu.contains(event.target as Node)) this.menu.open = false;
    });
    this.menu.addEventListener("toggle", () => {
      if (this.menu.open) this.list();
    });
    this.menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.menu.open = false;
      this.menu.querySelector("summary")?.focus();
    });
  }

  private buttons(kind: "level" | "twin"): HTMLButtonElement[] {
    return [...document.querySelectorAll<HTMLButtonElement>(`button[data-${kind}]`)];
  }

  private update(part_: Partial<ViewState>, how?: "push" | "replace"): void {
    if (this.state) this.change({ ...this.state, ...part_ }, how);
  }

  namespaces(items: readonly WorkloadItem[]): void {
    this.items = items;
    if (this.menu.open) this.list();
  }

  /** Makes the boxes, once somebody looks: of a large cluster they are hundreds. */
  private list(): void {
    const { items } = this;
    if (!items) return;
    this.items = null;
    const counts = new Map<string, number>();
    for (const item of items) counts.set(item.namespace, (counts.get(item.namespace) ?? 0) + 1);
    const rows = [...counts].sort().map(([name, count]) => {
      const box = el("input", { type: "checkbox", name: "namespace", value: name });
      box.addEventListener("change", () => this.pick());
      return el(
        "li",
        {},
        el(
          "label",
          {},
          box,
          el("span", {}, name),
          el("span", { class: "muted small" }, plural(count, "workload")),
        ),
      );
    });
    fill(part("filter-namespaces"), rows);
    if (this.state) this.show(this.state);
  }

  private boxes(): HTMLInputElement[] {
    return [...part("filter-namespaces").querySelectorAll("input")];
  }

  private pick(): void {
    const chosen = this.boxes().filter((box) => box.checked);
    this.update({ namespaces: chosen.map((box) => box.value) });
  }

  show(state: ViewState): void {
    this.state = state;
    for (const button of this.buttons("level")) {
      button.setAttribute("aria-pressed", String(button.dataset["level"] === state.level));
    }
    for (const button of this.buttons("twin")) {
      button.setAttribute("aria-pressed", String(button.dataset["twin"] === state.twin));
    }
    for (const box of this.boxes()) box.checked = state.namespaces.includes(box.value);
    if (document.activeElement !== this.port) this.port.value = state.port;
    this.certainty.value = state.certainty;
    const single = [state.port, state.focus, state.certainty].filter(Boolean).length;
    const count = state.namespaces.length + single;
    part("filter-count").textContent = count > 0 ? ` · ${count}` : "";
    part("reset").hidden = !hasFilters(state);
  }
}
