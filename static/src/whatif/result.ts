/** What the page knows about its draft: the last good answer, and whether it still fits the text. */

import type { Problem } from "../graph/types";
import { ApiError } from "../shared/api";
import { hasErrors } from "./diagnostics";
import type { Outcome } from "./evaluation";
import type { Answer } from "./types";

/**
 * - `waiting`: a question is open
 * - `fresh`: the answer is of the text as it stands
 * - `broken`: the text cannot be read in full; `problems` says where
 * - `offline`: the server does not answer
 * - `refused`: the server answered that it will not, for another reason than the text
 */
export type Phase = "waiting" | "fresh" | "broken" | "offline" | "refused";

export interface Result {
  readonly phase: Phase;
  /** The last answer that could be shown; null before the first one. */
  readonly answer: Answer | null;
  /** True when `answer` is of an earlier text. */
  readonly stale: boolean;
  /** Of the text as it stands. */
  readonly problems: readonly Problem[];
  readonly title: string;
  readonly detail: string;
}

export const NO_RESULT: Result = {
  phase: "waiting",
  answer: null,
  stale: false,
  problems: [],
  title: "",
  detail: "",
};

export function receive(result: Result, outcome: Outcome<Answer>): Result {
  switch (outcome.state) {
    case "asking":
      return { ...result, phase: "waiting", stale: result.answer !== null };
    case "answered":
      return answered(result, outcome.answer);
    case "failed":
      return failed(result, outcome.error);
  }
}

function answered(result: Result, answer: Answer): Result {
  const problems = answer.diff.problems;
  if (!hasErrors(problems)) {
    return { ...NO_RESULT, phase: "fresh", answer, problems };
  }
  const kept = result.answer;
  return { ...NO_RESULT, phase: "broken", answer: kept ?? answer, stale: kept !== null, problems };
}

function failed(result: Result, error: unknown): Result {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(500, "The page cannot read the answer", String(error));
  const phase = known.status === 0 ? "offline" : known.problems.length > 0 ? "broken" : "refused";
  return {
    phase,
    answer: result.answer,
    stale: result.answer !== null,
    problems: known.problems,
    title: known.title,
    detail: known.detail,
  };
}
