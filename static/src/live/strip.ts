/** The strip that is always in view: the cluster, how fresh the picture is, and what is offered. */
import { el, fill, part } from "../shared/dom";
import type { Words } from "./state";
import type { ObjectChange, ObjectChanges } from "./types";
import { aloud, countWords, GLYPHS, objectFacts, objectName } from "./words";

/** More lines than this nobody reads in a list that floats. */
const LISTED = 12;

/** What can be shown in the place of the picture on the page. */
export type Offer =
  | { readonly kind: "none" }
  /** `changes` is null where the server could not say what they are. */
  | { readonly kind: "changes"; readonly changes: ObjectChanges | null }
  /** Another picture, in which no object differs. */
  | { readonly kind: "same" };

export class Strip {
  private readonly root = part("live");
  private readonly offerBox = part("live-offer");
  private readonly takeButton = part<HTMLButtonElement>("live-take");
  private readonly objects = part("live-objects");
  private readonly said = part("live-said");
  private last = "";

  constructor(
    name: string,
    history: string,
    take: () => void,
    private readonly verb: string,
  ) {
    fill(part("live-name"), el("a", { href: history, title: `History of ${name}` }, name));
    this.takeButton.addEventListener("click", take);
    const why = part("live-why");
    why.addEventListener("click", () => this.unfold(why.ariaExpanded !== "true"));
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || part("live-detail").hidden) return;
      event.stopPropagation();
      this.unfold(false);
      why.focus();
    });
    document.addEventListener("click", ({ target }) => {
      if (!(target instanceof Node && this.root.contains(target))) this.unfold(false);
    });
    const more = part("live-more");
    more.addEventListener("click", () => this.open(this.offerBox.dataset["open"] !== "1"));
    this.offerBox.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.offerBox.dataset["open"] === "0") return;
      event.stopPropagation();
      this.open(false);
    });
    for (const event of ["mouseleave", "focusout"]) {
      this.offerBox.addEventListener(event, () => this.rest());
    }
  }

  show({ look, text, more }: Words): void {
    this.root.dataset["look"] = look;
    const line = part("live-text");
    if (line.textContent !== text) line.textContent = text;
    this.explain(look === "fresh" ? "" : more);
    // The seconds tick by unsaid; what becomes of the connection is worth a word.
    const head = text.split(/,| for /)[0]!;
    if (look !== "waiting") {
      if (this.last !== "" && head !== this.last) this.say(text);
      this.last = head;
    }
  }

  /** What lies behind the few words is one button away, also for keys and fingers. */
  private explain(more: string): void {
    const detail = part("live-detail");
    if (detail.textContent !== more) detail.textContent = more;
    part("live-why").hidden = more === "";
    if (more === "") this.unfold(false);
  }

  private unfold(open: boolean): void {
    part("live-detail").hidden = !open;
    part("live-why").setAttribute("aria-expanded", String(open));
  }

  /** Says something to those who listen rather than look. */
  say(text: string): void {
    this.said.textContent = text;
  }

  offer(offer: Offer, now: number): void {
    const focused = this.offerBox.contains(document.activeElement);
    this.offerBox.hidden = offer.kind === "none";
    if (offer.kind === "none") {
      this.open(false);
      if (focused) document.querySelector<HTMLElement>("#main")?.focus();
      return;
    }
    const { label, list } = written(offer, now);
    this.takeButton.textContent = label;
    this.takeButton.title = this.verb;
    part("live-more").hidden = list.length === 0;
    fill(this.objects, el("h2", {}, label), list);
    if (offer.kind === "changes" && offer.changes !== null) {
      this.say(`The cluster has changed: ${label}. ${aloud(offer.changes)}.`);
    }
  }

  private open(open: boolean): void {
    this.offerBox.dataset["open"] = open ? "1" : "0";
    part("live-more").setAttribute("aria-expanded", String(open));
  }

  /** Once nobody points at the offer any more, it opens again by pointing. */
  private rest(): void {
    window.setTimeout(() => {
      if (this.offerBox.matches(":hover, :focus-within")) return;
      this.open(false);
      delete this.offerBox.dataset["open"];
    });
  }
}

function written(offer: Offer, now: number): { label: string; list: HTMLElement[] } {
  if (offer.kind === "same") return { label: "Newest picture", list: [] };
  if (offer.kind === "none" || offer.changes === null) return { label: "Newer picture", list: [] };
  const { changes, count } = offer.changes;
  const more = count - Math.min(changes.length, LISTED);
  const items = changes.slice(0, LISTED).map((change) => objectItem(change, now));
  const rest = more > 0 ? el("p", { class: "muted" }, `and ${more} more`) : null;
  return {
    label: countWords(count),
    list: [el("ul", { class: "live-list" }, items), ...(rest ? [rest] : [])],
  };
}

/** One object with its sign: what became of it, and by whom. */
export function objectItem(change: ObjectChange, now: number): HTMLElement {
  return el(
    "li",
    { class: change.op },
    el("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[change.op]),
    el(
      "span",
      {},
      el("b", {}, objectName(change)),
      " ",
      el("span", { class: "muted" }, objectFacts(change, now)),
    ),
  );
}
