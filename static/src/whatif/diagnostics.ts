/** From the problems and notes of an answer to marks in the text of one file. */

import type { Problem } from "../graph/types";
import type { Note } from "./types";

export interface Mark {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The marks of one file, worst first within a line. */
export function marksOf(
  file: string,
  problems: readonly Problem[],
  notes: readonly Note[],
): Mark[] {
  const marks: Mark[] = [];
  for (const problem of problems) {
    if (problem.source !== file) continue;
    const field = problem.path ? `${problem.path}: ` : "";
    const message = `${field}${problem.message}`;
    marks.push({ line: problem.line || 1, severity: problem.severity, message });
  }
  for (const note of notes) {
    if (note.source !== file) continue;
    marks.push({ line: note.line || 1, severity: "warning", message: note.text });
  }
  return marks.sort((a, b) => a.line - b.line || rank(a) - rank(b));
}

/** Where a line's own text stands in the document, blank margins left out; line counts from 1. */
export function lineSpan(text: string, line: number): Span {
  const lines = text.split("\n");
  const at = Math.min(line, lines.length) - 1;
  const start = lines.slice(0, at).reduce((sum, each) => sum + each.length + 1, 0);
  const content = lines[at] ?? "";
  const trimmed = content.trim();
  if (trimmed === "") return { from: start, to: start + content.length };
  const from = start + content.indexOf(trimmed);
  return { from, to: from + trimmed.length };
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

function rank(mark: Mark): number {
  return ["error", "warning", "info"].indexOf(mark.severity);
}
