/** The result of a test: verb by verb and resource by resource, what works and what to ask for. */

import { el, icon } from "../shared/dom";
import type { Check, CheckedResource } from "./types";

const STATES = {
  ok: "works",
  forbidden: "forbidden",
  absent: "not there",
  error: "failed",
  waiting: "not tried",
};
const ORDER = ["error", "forbidden", "ok", "waiting", "absent"];

export function checkResult(check: Check): (HTMLElement | null)[] {
  const tone = !check.reachable
    ? "error"
    : check.resources.some(({ state }) => state === "forbidden" || state === "error")
      ? "warning"
      : "good";
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
    check.resources.length > 0 ? table(check.resources) : null,
  ];
}

function table(resources: readonly CheckedResource[]): HTMLElement {
  const rows = [...resources].sort(
    (one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state),
  );
  return el(
    "div",
    {
      class: "check-table",
      tabindex: "0",
      role: "region",
      "aria-label": "Rights, resource by resource",
    },
    el(
      "table",
      { class: "data" },
      el("caption", { class: "visually-hidden" }, "What may be read of the cluster"),
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
  if (right === null)
    return el("span", { class: "muted" }, state === "absent" ? "not there" : "not known");
  return right
    ? el("span", { class: "chip allow" }, icon("M3 8.5 6.5 12 13 4.5"), "works")
    : el(
        "span",
        { class: "chip deny" },
        icon("M4 4l8 8M12 4l-8 8"),
        state === "error" ? "failed" : "forbidden",
      );
}
