/** What the cluster's own API server says to a draft, as errors at their lines. Nothing is applied. */
import type { Problem } from "../graph/types";
import { plural } from "../shared/text";
import type { Draft } from "./draft";

export interface TrialResult {
  readonly object: string;
  readonly source: string;
  readonly document: number;
  readonly line: number | null;
  /** Null: the server did not get to judge; `message` says why. */
  readonly accepted: boolean | null;
  readonly message: string;
  readonly causes: readonly {
    readonly path: string;
    readonly line: number | null;
    readonly message: string;
  }[];
}

/** A draft as it was tried; of another text it says nothing. */
export interface Trial {
  readonly draft: Draft;
  readonly phase: "asking" | "answered" | "failed";
  readonly results: readonly TrialResult[];
  /** Why it failed. */
  readonly failure: string;
}

/** What was said to the draft as it stands; null where that was not tried. */
export function trialOf(trial: Trial | null, draft: Draft): Trial | null {
  return trial !== null && trial.draft.files === draft.files ? trial : null;
}

/** Refusals, and what could not be tried, each at its place. */
export function problemsOf(trial: Trial | null): Problem[] {
  const said = (trial?.results ?? []).filter(({ accepted, source }) => accepted !== true && source);
  return said.flatMap(({ accepted, source, document, line, message, causes, object }) => {
    const severity = accepted === false ? "error" : "warning";
    const who = accepted === false ? "The server refuses it" : "Not tried on the server";
    const each = causes.length > 0 ? causes : [{ path: "", line, message }];
    return each.map((cause) => ({
      source,
      document,
      object,
      severity,
      path: null,
      line: cause.line ?? line,
      message: [who, cause.path, cause.message].filter(Boolean).join(": "),
    }));
  });
}

/** All of it in one sentence. */
export function trialSentence({ phase, results, failure }: Trial): string {
  if (phase === "asking") return "Asking the server";
  if (phase === "failed") return `Not tried: ${failure}`;
  const tried = results.filter(({ source }) => source !== "");
  if (tried.length === 0) return "There is no object to try: deletions are not tried.";
  const many = (accepted: boolean | null): number =>
    tried.filter((each) => each.accepted === accepted).length;
  const [refused, untried] = [many(false), many(null)];
  const nothing = "Nothing was applied.";
  // Why not stands at the line.
  if (untried === tried.length) return `The server did not try it. ${nothing}`;
  const rest = untried === 0 ? "" : ` ${untried} could not be tried.`;
  if (refused > 0) {
    const which = tried.length === 1 ? "it" : `${refused} of ${tried.length} objects`;
    return `The server refuses ${which}.${rest} ${nothing}`;
  }
  const accepted = tried.length - untried;
  return `The server would accept ${plural(accepted, "object")}.${rest} ${nothing}`;
}
