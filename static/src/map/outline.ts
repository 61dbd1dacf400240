/** The list of everything on the map: to find by name, and to walk by keyboard. */
import type { WorkloadItem } from "../graph/types";
import { el, fill, part } from "../shared/dom";
import { plural } from "../shared/text";

/** More names than this nobody reads through: the next letters tell them apart. */
const MOST = 200;

export class Outline {
  private readonly input = part<HTMLInputElement>("find");
  private readonly list = part("outline");
  private items: readonly WorkloadItem[] | null = null;
  /** Somebody pressed Enter before the list was here: the first match is chosen once it is. */
  private chosen = false;

  constructor(private readonly select: (id: string) => void) {
    const box = part("finder");
    this.input.addEventListener("focus", () => this.draw());
    this.input.addEventListener("input", () => this.draw());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") {
        event.preventDefault();
        this.list.querySelector("button")?.focus();
      } else if (event.key === "Enter") {
        this.choose();
      } else {
        this.chosen = false;
      }
    });
    this.list.addEventListener("keydown", (event) => this.walk(event));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.input.focus();
      this.close();
    });
    box.addEventListener("focusout", (event) => {
      if (!box.contains(event.relatedTarget as Node | null)) this.close();
    });
    document.addEventListener("keydown", (event) => {
      const typing = (event.target as HTMLElement).closest("input, textarea, select");
      if (event.key !== "/" || typing) return;
      event.preventDefault();
      this.input.focus();
    });
  }

  load(items: readonly WorkloadItem[]): void {
    this.items = items;
    if (document.activeElement !== this.input) return;
    this.draw();
    if (this.chosen) this.choose();
  }

  private choose(): void {
    this.chosen = this.items === null;
    this.list.querySelector<HTMLButtonElement>("button.match")?.click();
  }

  private walk(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...this.list.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement) + step;
    (at < 0 ? this.input : (buttons[at] ?? buttons.at(-1)))?.focus();
  }

  private close(): void {
    this.list.hidden = true;
  }

  private draw(): void {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (text: string): boolean => words.every((word) => text.includes(word));
    const groups = new Map<string, WorkloadItem[]>();
    const found = (this.items ?? []).filter((item) => matches(item.workload.toLowerCase()));
    for (const item of found.slice(0, MOST)) {
      const members = groups.get(item.namespace);
      if (members) members.push(item);
      else groups.set(item.namespace, [item]);
    }
    const button = (id: string, text: string, className: string): HTMLElement =>
      el(
        "button",
        {
          type: "button",
          class: className,
          onclick: () => {
            this.close();
            this.select(id);
          },
        },
        text,
      );
    const rows = [...groups].sort().map(([namespace, items]) =>
      el(
        "li",
        {},
        button(`ns:${namespace}`, namespace, "namespace"),
        el(
          "ul",
          { class: "members" },
          items.map((item) => el("li", {}, button(item.workload, item.name, "match"))),
        ),
      ),
    );
    const more = found.length - MOST;
    fill(
      this.list,
      rows.length > 0 ? rows : el("li", { class: "muted" }, "No workload has this name."),
      more > 0
        ? el("li", { class: "muted" }, `${plural(more, "more workload")}. Type more of the name.`)
        : null,
    );
    this.list.hidden = false;
  }
}
