/** What changed from one picture to the next: the objects, then the flows with the rule that did it. */
import { SMALL } from "../graph/budget";
import { withQuery } from "../shared/api";
import { el, fill, icon, type Child } from "../shared/dom";
import { peerName, plural } from "../shared/text";
import { GLYPHS, KIND_WORDS, portWords, ruleName, summarySentence } from "../whatif/changes";
import type { Change, Diff } from "../whatif/types";
import { clockTimes, type Shown } from "./state";
import { objectItem } from "./strip";
import type { ObjectChanges } from "./types";
import { countWords } from "./words";

/** More flows than this the map shows better than a list. */
const FLOWS = 40;
const OBJECTS = 20;
const FOLD = "m4 6 4 4 4-4";
const UNFOLD = "m4 10 4-4 4 4";

export interface NewsActions {
  /** Shows why one may reach the other, or may not any more. */
  readonly ask: (from: string, to: string) => void;
}

export class News {
  headline = "";
  private count = "";
  private compared = "";
  summary = "";
  private objects: HTMLElement | null = null;
  /** On a phone the map needs the room. */
  private folded = SMALL.matches;

  constructor(
    private readonly root: HTMLElement,
    private readonly actions: NewsActions,
    private readonly dismissed: () => void,
  ) {}

  /** Opens with what is known at once; the flows follow. */
  begin(before: Shown, after: Shown, changes: ObjectChanges | null): void {
    const now = Date.now();
    const times = clockTimes(before.takenAt, after.takenAt, now);
    const pair = { from: before.snapshot, to: after.snapshot };
    this.compared = withQuery("/compare", pair);
    this.count = changes === null ? "" : plural(changes.count, "object");
    const count = changes === null ? "" : `: ${countWords(changes.count)}`;
    this.headline = `Showing the newest picture, of ${times[1]}${count}`;
    this.objects = el(
      "div",
      {},
      el("p", { class: "muted small" }, `From the picture of ${times[0]} to that of ${times[1]}`),
      changes === null ? null : objectList(changes, now),
    );
    this.put(
      this.objects,
      el("div", { class: "news-flows", role: "status" }, el("p", {}, "Working out the flows")),
    );
    this.root.focus({ preventScroll: true });
  }

  show(diff: Diff): void {
    const { changes } = diff;
    const sentence = summarySentence(diff.summary);
    const ways = diff.ways.length > 0 ? `${plural(diff.ways.length, "way")} in differ.` : "";
    const nothing = "No flow opens, closes or changes.";
    this.summary = [sentence || (ways ? "" : nothing), ways].filter(Boolean).join(" ");
    const more = changes.length - FLOWS;
    this.put(
      this.objects,
      el(
        "div",
        { class: "news-flows" },
        el("p", {}, this.summary),
        el(
          "ul",
          {},
          changes.slice(0, FLOWS).map((change) => this.flow(change)),
        ),
        more > 0 ? el("p", { class: "muted" }, `and ${plural(more, "more flow")}`) : null,
        el("p", {}, el("a", { href: this.compared }, "Compare the two pictures")),
      ),
    );
  }

  /** `what` could not be read, and why. */
  fail(what: string, why: string): void {
    const text = `${what} could not be read. ${why}`;
    this.put(this.objects, el("p", { class: "notice error", role: "alert" }, text));
  }

  hide(): void {
    this.root.hidden = true;
    this.objects = null;
  }

  private put(...children: Child[]): void {
    const scrolled = this.root.scrollTop;
    this.root.hidden = false;
    this.root.classList.toggle("is-folded", this.folded);
    const buttons = [this.foldButton(), this.closeButton()];
    const title = el("h2", {}, "What changed ", el("span", { class: "muted" }, this.count));
    fill(this.root, el("header", {}, title, buttons), ...children);
    this.root.scrollTop = scrolled;
  }

  private foldButton(): HTMLElement {
    const words = (): string => (this.folded ? "Unfold" : "Fold");
    const button = el(
      "button",
      {
        type: "button",
        class: "button quiet icon",
        "aria-label": "Details of what changed",
        "aria-expanded": String(!this.folded),
        title: words(),
        onclick: () => {
          this.folded = !this.folded;
          this.root.classList.toggle("is-folded", this.folded);
          button.setAttribute("aria-expanded", String(!this.folded));
          button.title = words();
          fill(button, icon(this.folded ? UNFOLD : FOLD));
        },
      },
      icon(this.folded ? UNFOLD : FOLD),
    );
    return button;
  }

  private closeButton(): HTMLElement {
    return el(
      "button",
      {
        type: "button",
        class: "button quiet icon",
        "aria-label": "Dismiss what changed, and its marks",
        title: "Dismiss it, and its marks",
        onclick: () => {
          this.hide();
          this.dismissed();
        },
      },
      icon("M4 4l8 8M12 4l-8 8"),
    );
  }

  private flow(change: Change): HTMLElement {
    const { source, destination } = change;
    const ports = [
      portWords(change.before, change.verdict_before),
      portWords(change.after, change.verdict_after),
    ];
    return el(
      "li",
      { class: `news-flow ${change.kind}` },
      el("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[change.kind]),
      el(
        "div",
        {},
        el(
          "button",
          {
            type: "button",
            class: "link-button",
            title: "Show why",
            onclick: () => this.actions.ask(source, destination),
          },
          `${peerName(source)} → ${peerName(destination)}`,
        ),
        el("span", { class: "visually-hidden" }, ` ${KIND_WORDS[change.kind]}: `),
        el("p", { class: "mono small" }, ports.join(" → ")),
        change.reasons.map((reason) => {
          const rule = ruleName(reason);
          return el(
            "p",
            { class: "small muted" },
            reason.text,
            rule === "" ? null : el("code", {}, ` ${rule}`),
          );
        }),
      ),
    );
  }
}

function objectList({ changes, count }: ObjectChanges, now: number): HTMLElement {
  const more = count - Math.min(changes.length, OBJECTS);
  return el(
    "div",
    {},
    el(
      "ul",
      { class: "live-list" },
      changes.slice(0, OBJECTS).map((change) => objectItem(change, now)),
    ),
    more > 0 ? el("p", { class: "muted small" }, `and ${more} more`) : null,
  );
}
