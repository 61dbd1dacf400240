/** Findings as the REST interface gives them. */
import type { FindingCounts } from "../shared/findings_count";

export type Severity = "error" | "warning" | "info";

export interface FindingPlace {
  object: string;
  source: string;
  line: number | null;
  path: string;
}

export interface Finding {
  key: string;
  id: string;
  severity: Severity;
  family: string;
  title: string;
  why: string;
  here: string;
  objects: FindingPlace[];
  show: string[];
  port: string | null;
  fix: { title: string; yaml: string; delete: string[] } | null;
  suppressed: string | null;
}

export interface FindingPage {
  summary: FindingCounts;
  families: string[];
  namespaces: string[];
  count: number;
  next: string | null;
  results: Finding[];
}
