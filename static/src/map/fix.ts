/** "Fix it": what would open a closed pair, and the way to try it. */
import type { Explanation, FixAnswer, FixFlow } from "../graph/types";
import { isAbort } from "../shared/api";
import { el, fill, type Child } from "../shared/dom";
import { connectionsText, peerName, plural } from "../shared/text";
import type { SnapshotData } from "./data";
import { failure, skeleton } from "./frame";
import { folding, section } from "./parts";
import type { Ask } from "./state";

/** Is any of it closed, so that there may be something to fix? */
export const isClosed = ({ verdict, parts }: Explanation): boolean =>
  verdict === "deny" || parts.some((part) => part.verdict === "deny");

/** The section of the panel; it fills itself once the server has tried the draft. */
export function fixPart(data: SnapshotData, ask: Ask, intended: boolean): HTMLElement {
  const body = el("div", { class: "fix" }, skeleton());
  void data.fix(ask, intended).then(
    (found) => fill(body, content(found, data.fixAddress(ask, intended))),
    (error: unknown) => {
      if (!isAbort(error)) fill(body, failure(error));
    },
  );
  return section("Fix it", body);
}

function content(found: FixAnswer, address: string): Child[] {
  const whole: Child[] = [el("p", {}, found.sentence)];
  if (found.obstacles.length > 0) {
    whole.push(
      el(
        "ul",
        { class: "rows" },
        found.obstacles.map((why) => el("li", {}, why)),
      ),
    );
  }
  whole.push(flows("Opened with it", found.extra), flows("Closed with it", found.closes));
  if (found.documents.length > 0) {
    const what = plural(found.documents.length, "policy", "policies");
    whole.push(
      el(
        "p",
        { class: "panel-actions" },
        el("a", { class: "button primary", href: address }, "Fix it in What-if"),
        el("span", { class: "muted small" }, `${what}, nothing is applied`),
      ),
    );
  }
  return whole;
}

function flows(title: string, rows: readonly FixFlow[]): Child {
  if (rows.length === 0) return null;
  const items = rows.map((row) =>
    el(
      "li",
      {},
      `${peerName(row.source)} → ${peerName(row.destination)} `,
      el("span", { class: "mono" }, connectionsText(row.connections)),
    ),
  );
  return el("div", {}, el("h4", {}, title), folding(items, "rows"));
}
