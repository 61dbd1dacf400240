/** Both sides of one connection: who isolates, which rule opens, where it is written. */
import type { Explained, Explanation, Side, Step } from "../graph/types";
import { el, type Child } from "../shared/dom";
import { connectionsText, isUncertain, peerName, VERDICT_WORD } from "../shared/text";
import { place, policyLink, section, type Actions } from "./parts";

const MARK: Record<string, string> = {
  allows: "✓",
  denies: "✕",
  passes: "→",
  isolates: "▣",
  "may allow": "?",
  "may deny": "?",
  "may pass": "?",
  "may isolate": "?",
  "not reached": "–",
  "does not match": "–",
  "not evaluated": "?",
};

export function explanationParts(answer: Explanation, actions: Actions): Child[] {
  if (answer.parts.length === 0) return explainedParts(answer, actions);
  return answer.parts.map((part) =>
    el(
      "section",
      { class: "explained-part" },
      el("h3", {}, verdictChip(part.verdict), " ", partName(part, answer)),
      el("p", {}, part.sentence),
      explainedParts(part, actions),
    ),
  );
}

/** The end that makes this part different from the others. */
function partName(part: Explained, whole: Explanation): string {
  const ends = [
    part.source === whole.source ? "" : `from ${peerName(part.source)}`,
    part.destination === whole.destination ? "" : `to ${peerName(part.destination)}`,
  ];
  return ends.filter(Boolean).join(" ");
}

function explainedParts(answer: Explained, actions: Actions): Child[] {
  return [
    answer.reason ? el("p", { class: "notice" }, answer.reason) : null,
    answer.connections !== "all" && Object.keys(answer.connections).length === 0
      ? null
      : section(
          isUncertain(answer.verdict) ? "Possibly open between them" : "Open between them",
          el("p", { class: "mono" }, connectionsText(answer.connections)),
        ),
    answer.possibly
      ? section(
          "Possibly open as well",
          el("p", { class: "mono" }, connectionsText(answer.possibly.connections)),
          el("p", { class: "notice" }, answer.possibly.reason),
        )
      : null,
    sidePart(answer.egress, `Going out of ${peerName(answer.source)}`, actions),
    sidePart(answer.ingress, `Coming in to ${peerName(answer.destination)}`, actions),
  ];
}

export function verdictChip(verdict: Explained["verdict"]): HTMLElement {
  return el("span", { class: `chip ${verdict}` }, VERDICT_WORD[verdict]);
}

function sidePart(side: Side, title: string, actions: Actions): HTMLElement {
  const steps = side.steps.map((step) => stepRow(step, actions));
  return el(
    "section",
    { class: "panel-section" },
    el("h3", {}, title, " ", verdictChip(side.verdict)),
    steps.length > 0
      ? el("ol", { class: "steps" }, steps)
      : el("p", { class: "muted" }, unruledText(side)),
    side.chain ? el("p", { class: "chain mono" }, side.chain) : null,
  );
}

function unruledText({ isolated, verdict }: Side): string {
  if (isUncertain(verdict)) return "Whether a policy isolates this side is not known.";
  return isolated ? "No rule opens it." : "No policy isolates this side, so it is open.";
}

function stepRow(step: Step, actions: Actions): HTMLElement {
  const kind = step.effect.replaceAll(" ", "-");
  return el(
    "li",
    { class: `step step-${kind}` },
    el("span", { class: "step-mark", "aria-hidden": "true" }, MARK[step.effect] ?? "·"),
    el(
      "div",
      {},
      el("p", {}, step.text),
      el(
        "p",
        { class: "step-origin" },
        step.policy ? policyLink(step.policy, actions) : null,
        step.rule ? el("span", { class: "mono" }, ` ${step.rule} `) : " ",
        place(step.source, step.line),
      ),
    ),
  );
}
