/** The result of a test: verb by verb and resource by resource, what works and what to ask for. */

import { el, icon } from "../shared/dom";
import { plural } from "../shared/text";
import type { Check, CheckedResource } from "./types";

const STATES = {
  ok: "works",
  forbidden: "forbidden",
  absent: "not there",
  error: "failed",
  waiting: "not tried",
};
const ORDER = ["error", "forbidden", "waiting", "ok"];

/** A server that is reached and shows nothing, for want of credentials, is no success. */
export function toneOf({ reachable, resources }: Check): "error" | "warning" | "good" {
  if (!reachable || resources.length === 0) return "error";
  return resources.some(isLacking) ? "warning" : "good";
}

/** What one has to ask somebody for; what a cluster does not have is no lack. */
const isLacking = ({ state, watch }: CheckedResource): boolean =>
  state === "forbidden" || state === "error" || (state === "ok" && watch === false);

export function checkResult(check: Check): (HTMLElement | null)[] {
  const tone = toneOf(check);
  const there = check.resources.filter(({ state }) => state !== "absent");
  const lacking = there.filter(isLacking);
  const works = there.filter((each) => !isLacking(each));
  const unverified = check.reachable && !check.verify_tls;
  return [
    el(
      "div",
      { class: `notice ${tone}` },
      el("p", {}, el("b", {}, check.sentence)),
      check.message && check.message !== check.sentence ? el("p", {}, check.message) : null,
      check.server ? el("p", { class: "muted small" }, check.server) : null,
    ),
    unverified
      ? el(
          "p",
          { class: "notice warning" },
          "The server's certificate was not verified: anybody could have answered.",
        )
      : null,
    lacking.length > 0 ? table(lacking, "What is missing") : null,
    works.length > 0
      ? fold(`${plural(works.length, "kind")} can be read`, table(works, "What can be read"))
      : null,
    absent(check.resources),
  ];
}

const fold = (title: string, ...inside: HTMLElement[]): HTMLElement =>
  el("details", { class: "check-fold" }, el("summary", {}, title), inside);

/** Of most clusters this is a long list, and never one to worry about: names alone, each once. */
function absent(resources: readonly CheckedResource[]): HTMLElement | null {
  const kinds = new Set(
    resources.filter(({ state }) => state === "absent").map(({ kind }) => kind),
  );
  if (kinds.size === 0) return null;
  const verb = kinds.size === 1 ? "is" : "are";
  return fold(
    `${plural(kinds.size, "kind")} ${verb} not there, which is fine`,
    el(
      "p",
      { class: "muted" },
      `netviz looks for them again now and then: ${[...kinds].join(", ")}.`,
    ),
  );
}

function table(resources: readonly CheckedResource[], title: string): HTMLElement {
  const rows = [...resources].sort(
    (one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state),
  );
  return el(
    "div",
    {
      class: "check-table",
      tabindex: "0",
      role: "region",
      "aria-label": title,
    },
    el(
      "table",
      { class: "data" },
      el("caption", { class: "visually-hidden" }, title),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ["Resource", "List", "Watch", "What it means"].map((text) =>
            el("th", { scope: "col" }, text),
          ),
        ),
      ),
      el("tbody", {}, rows.map(row)),
    ),
  );
}

function row(each: CheckedResource): HTMLElement {
  return el(
    "tr",
    { class: `check-${each.state}` },
    el("th", { scope: "row", title: each.resource }, each.kind),
    el("td", {}, verb(each.list, each.state)),
    el("td", {}, verb(each.watch, each.state)),
    el("td", {}, each.message || (each.state === "ok" ? "" : STATES[each.state])),
  );
}

function verb(right: boolean | null, state: CheckedResource["state"]): HTMLElement {
  if (right === null) return el("span", { class: "muted" }, "not known");
  return right
    ? el("span", { class: "chip allow" }, icon("M3 8.5 6.5 12 13 4.5"), "works")
    : el(
        "span",
        { class: "chip deny" },
        icon("M4 4l8 8M12 4l-8 8"),
        state === "error" ? "failed" : "forbidden",
      );
}
