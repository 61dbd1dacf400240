/** Ways in from outside, and the Services that lead to a workload, as sections of the panel. */
import type { EntryPath, ServiceUse, WaysIn } from "../graph/types";
import { el, type Child } from "../shared/dom";
import { peerName, plural } from "../shared/text";
import { verdictChip } from "./explanation";
import { folding, peerLink, place, section, type Actions } from "./parts";

/** `Ingress shop/site` of `Ingress/shop/site`. */
const objectName = (key: string): string => {
  const [kind, ...name] = key.split("/");
  return `${kind ?? ""} ${name.join("/")}`;
};

/** What callers dial: `shop.example/cart`, `TCP node port 30080`. */
export function dialled(path: Pick<EntryPath, "host" | "path" | "opened">): string {
  const address = `${path.host ?? ""}${path.path ?? ""}`;
  return [address, path.opened ?? ""].filter(Boolean).join(", ") || "any host and path";
}

/** One sentence before the list. */
export function waysSentence(paths: readonly EntryPath[]): string {
  if (paths.length === 0) return "No entry point leads here from outside.";
  const open = paths.filter((path) => path.verdict === "allow").length;
  const unsure = paths.filter((path) => path.verdict !== "allow" && path.verdict !== "deny").length;
  const ways = plural(paths.length, "way");
  if (open === paths.length) return `${ways} in, ${open === 1 ? "and it is open" : "all open"}.`;
  if (open + unsure === 0)
    return `${ways} in, and policies close ${paths.length === 1 ? "it" : "all"}.`;
  const parts = [
    open > 0 ? `${open} open` : "",
    unsure > 0 ? `${unsure} not certain` : "",
    open + unsure < paths.length ? `${paths.length - open - unsure} closed` : "",
  ];
  return `${ways} in: ${parts.filter(Boolean).join(", ")}.`;
}

function wayRow(path: EntryPath, actions: Actions, ends: boolean): HTMLElement {
  const caller = path.caller.includes("[")
    ? peerLink(path.caller, actions)
    : el(
        "span",
        {},
        path.caller === "{ingress-controller}" ? "the ingress controller" : peerName(path.caller),
      );
  const over = path.service ? [" over Service ", el("span", { class: "mono" }, path.service)] : [];
  return el(
    "li",
    { class: "way" },
    el("p", {}, verdictChip(path.verdict), " ", el("strong", {}, objectName(path.object))),
    el("p", { class: "mono" }, dialled(path)),
    el(
      "p",
      {},
      "From ",
      caller,
      over,
      " to ",
      el("span", { class: "mono" }, path.port),
      ends ? [" of ", peerLink(path.backend, actions)] : null,
    ),
    path.reason ? el("p", { class: "muted" }, path.reason) : null,
    el("p", { class: "step-origin" }, place(path.source, path.line)),
  );
}

/** The ways in to one workload; `ends` where the list may end at several. */
export function waysSection(
  paths: readonly EntryPath[],
  actions: Actions,
  title: string,
  ends = false,
): HTMLElement {
  const rows = paths.map((path) => wayRow(path, actions, ends));
  return section(
    title,
    el("p", {}, waysSentence(paths)),
    rows.length > 0 ? folding(rows, "ways") : null,
  );
}

/** The Services that lead to a workload: what its clients dial. */
export function servicesSection(services: readonly ServiceUse[]): HTMLElement | null {
  if (services.length === 0) return null;
  const rows = services.map((use) =>
    el(
      "li",
      {},
      el("span", {}, objectName(use.service)),
      " ",
      el(
        "span",
        { class: "mono" },
        use.port === use.target ? use.port : `${use.port} → ${use.target}`,
      ),
      use.opened ? null : el("span", { class: "chip deny" }, "closed"),
      " ",
      place(use.source, use.line),
    ),
  );
  return section("Services", folding(rows, "rows"));
}

/** Both sections of a workload's page. */
export function waysOfWorkload(ways: WaysIn, actions: Actions): Child[] {
  return [
    waysSection(ways.paths, actions, "Reachable from outside"),
    servicesSection(ways.services ?? []),
  ];
}
