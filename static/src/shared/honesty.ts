/** The line that is always in view: is any of it enforced, what was left out, how old is it. */
import type { Enforcement, NotEvaluated, Problem } from "../graph/types";
import { clockTime } from "../live/state";
import { el, fill, part, type Child } from "./dom";
import { addProfileDialog, openProfile, yesNo, type FlagRow } from "./profile";
import { ago, exactTime, plural } from "./text";

export interface Honesty {
  id: string;
  enforcement: Pick<Enforcement, "cni" | "enforced" | "evidence" | "profile">;
  not_evaluated: NotEvaluated[];
  problems: Problem[];
  created_at: string;
  profile_flags: FlagRow[];
  /** Of a picture of a watched cluster; its age is told by the strip, which goes on counting. */
  taken_at?: string | null;
}

const NAMED = 6;

const ENFORCED = {
  yes: (cni: string) => `Policies are enforced by ${cni}`,
  no: (cni: string) => `Policies are not enforced: ${cni} ignores them`,
  unknown: () => "Not known whether policies are enforced here",
} as const;

export function showHonesty(honesty: Honesty): void {
  const line = part("honesty");
  const details = el("div", {
    class: "honesty-details float",
    id: "honesty-details",
    hidden: true,
  });
  const button = el(
    "button",
    {
      type: "button",
      class: "link-button",
      "aria-expanded": "false",
      "aria-controls": "honesty-details",
      onclick: () => {
        details.hidden = !details.hidden;
        button.setAttribute("aria-expanded", String(!details.hidden));
      },
    },
    "Details",
  );
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape") button.click();
  });
  fill(details, ...explain(honesty));
  addProfileDialog(honesty.id, honesty.profile_flags, pluginOf(honesty.enforcement));
  fill(
    line,
    el(
      "span",
      { class: `enforced ${honesty.enforcement.enforced}` },
      enforcedText(honesty.enforcement),
    ),
    el("span", {}, leftOut(honesty.not_evaluated)),
    el("span", {}, problemCount(honesty.problems)),
    taken(honesty),
    button,
    details,
  );
}

function taken({ taken_at, created_at }: Honesty): HTMLElement {
  const when = taken_at ?? created_at;
  const text = taken_at ? `Picture of ${clockTime(taken_at, Date.now())}` : `Taken ${ago(when)}`;
  return el("span", { title: exactTime(when) }, text);
}

function enforcedText({ enforced, cni, profile = [] }: Honesty["enforcement"]): string {
  const set = profile.some(({ flag, by }) => flag === "np_enforced" && by === "snapshot");
  if (!set) return ENFORCED[enforced](capital(cni));
  return `Policies are ${enforced === "yes" ? "" : "not "}enforced, as was set for this cluster`;
}

/** The network plugin that was found; empty where none was. */
const pluginOf = ({ cni }: Honesty["enforcement"]): string =>
  cni === "unknown" ? "" : capital(cni);

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Stands for all policies of a kind that nobody was allowed to read. */
const UNREAD = "UnreadPolicies";

function leftOut(kinds: readonly NotEvaluated[]): string {
  if (kinds.length === 0) return "Every policy in the input was evaluated";
  const unread = kinds.filter(({ kind }) => kind === UNREAD).flatMap(({ names = [] }) => names);
  if (unread.length > 0) return `Not read: ${unread.map(nameOf).join(", ")}`;
  const [first, ...rest] = kinds;
  const more = rest.length > 0 ? ` and ${plural(rest.length, "other kind")}` : "";
  return `${first!.count} × ${first!.kind}${more} not evaluated`;
}

function problemCount(problems: readonly Problem[]): string {
  return problems.length === 0
    ? "No problem in the input"
    : `${plural(problems.length, "problem")} in the input`;
}

function explain({
  enforcement,
  not_evaluated: kinds,
  problems,
  profile_flags: flags,
}: Honesty): Child[] {
  const parts: Child[] = [
    el(
      "div",
      {},
      el("h3", {}, "Enforcement"),
      el("p", {}, evidence(enforcement)),
      readAs(flags, pluginOf(enforcement)),
      el(
        "button",
        { type: "button", class: "link-button", onclick: openProfile },
        "How this cluster reads policies",
      ),
    ),
  ];
  if (kinds.length > 0) {
    const rows = kinds.map((kind) =>
      el(
        "li",
        {},
        kind.kind === UNREAD
          ? `Policies: ${kind.reason}`
          : `${kind.count} × ${kind.kind} (${kind.apiVersion}): ${kind.reason}`,
        names(kind),
      ),
    );
    parts.push(el("div", {}, el("h3", {}, "Not evaluated"), el("ul", {}, rows)));
  }
  parts.push(
    el(
      "div",
      {},
      el("h3", {}, "Problems in the input"),
      problems.length === 0 ? el("p", { class: "muted" }, "None.") : problemList(problems),
    ),
  );
  return parts;
}

/** How the cluster reads what the specification leaves open, where that is not the usual way. */
function readAs(flags: readonly FlagRow[], plugin: string): Child {
  const rows = flags.filter(({ flag, by }) => by !== "default" && flag !== "np_enforced");
  if (rows.length === 0) return null;
  return el(
    "ul",
    { class: "read-as muted" },
    rows.map(({ title, value, by }) => {
      const decider = by === "plugin" ? `as ${plugin} does` : "as was set for this cluster";
      return el("li", {}, `${title}: ${yesNo(value)}, ${decider}`);
    }),
  );
}

const nameOf = (key: string): string => key.split("/").slice(1).join("/");

/** Which they are, the first of many. */
function names({ names: keys = [], count }: NotEvaluated): Child {
  if (keys.length === 0) return null;
  const shown = keys.slice(0, NAMED).map(nameOf);
  const more = count > shown.length ? ` and ${count - shown.length} more` : "";
  return el("span", { class: "muted" }, ` (${shown.join(", ")}${more})`);
}

function evidence(enforcement: Honesty["enforcement"]): string {
  if (enforcement.evidence) return `${capital(enforcement.evidence)}.`;
  return "The input names no network plugin. The map shows what a plugin that enforces would do.";
}

/** Problems with the place of each; nothing is shortened, so that it can be repaired. */
export function problemList(problems: readonly Problem[]): HTMLElement {
  return el(
    "ul",
    { class: "problems" },
    problems.map((problem) =>
      el(
        "li",
        {},
        el(
          "span",
          {},
          el("span", { class: `severity ${problem.severity}` }, severity(problem)),
          ` ${sentenceOf(problem)}`,
        ),
        el("span", { class: "place" }, placeOf(problem)),
      ),
    ),
  );
}

const SEVERITY = { error: "Left out:", warning: "Check:", info: "Note:" } as const;
const severity = (problem: Problem): string => SEVERITY[problem.severity];

/** What was found where in which object, as one sentence; a fault of a whole file is the file's. */
function sentenceOf({ object, path, source, message }: Problem): string {
  const subject = [object, path].filter(Boolean).join(" ");
  return `${subject || (/^[a-z]/.test(message) ? source : "")} ${message}`.trim();
}

function placeOf(problem: Problem): string {
  const line = !problem.line ? "" : `:${problem.line}`;
  return `${problem.source}${line}`;
}

/** The striped banner where policies are not enforced; `toggle` switches what the page shows. */
export function showBanner(
  enforcement: Honesty["enforcement"],
  intended: boolean,
  toggle: (intended: boolean) => void,
): void {
  const banner = document.querySelector<HTMLElement>("[data-not-enforced]");
  if (!banner) return;
  banner.hidden = enforcement.enforced !== "no";
  if (banner.hidden) return;
  const text = intended
    ? "You are looking at what the policies intend. In this cluster nothing enforces them. "
    : "Policies are not enforced in this cluster: whatever they say, everything may talk to everything. ";
  fill(
    banner,
    el(
      "p",
      {},
      el("strong", {}, text),
      el("span", { class: "evidence" }, `${enforcement.evidence || enforcement.cni}.`),
    ),
    el(
      "button",
      {
        type: "button",
        class: "button",
        "aria-pressed": intended,
        onclick: () => toggle(!intended),
      },
      intended ? "Show what really flows" : "Show what the policies intend",
    ),
    el("button", { type: "button", class: "link-button", onclick: openProfile }, "Is this wrong?"),
  );
}
