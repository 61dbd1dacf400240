/** What the pages of a snapshot ask the server, each answer fetched once. */
import type {
  Enforcement,
  Explanation,
  Exposure,
  FixAnswer,
  Flow,
  FlowList,
  MapView,
  NotEvaluated,
  PolicyItem,
  Problem,
  Verdict,
  WaysIn,
  WorkloadItem,
} from "../graph/types";
import type { MatrixView } from "../matrix/types";
import { getJson, withQuery } from "../shared/api";
import type { FlagRow } from "../shared/profile";
import { isUncertain } from "../shared/text";
import type { Ask, ViewState } from "./state";

export interface SnapshotInfo {
  id: string;
  title: string;
  created_at: string;
  summary: { namespaces: number; workloads: number; pods: number; policies: number };
  enforcement: Enforcement;
  not_evaluated: NotEvaluated[];
  problem_count: number;
  profile_flags: FlagRow[];
}

/** Does the filter by certainty keep it? */
function isWanted({ verdict }: { verdict: Verdict }, { certainty }: ViewState): boolean {
  return !certainty || isUncertain(verdict) === (certainty === "uncertain");
}

interface Page<T> {
  results: T[];
  next?: string | null;
}

/** Of a list, as many as the server gives at once. */
const LARGEST_PAGE = 1000;

/** Reads one snapshot; the same question is sent once, however often it is asked. */
export class SnapshotData {
  private readonly kept = new Map<string, Promise<unknown>>();

  /** `budget` is how many nodes and lines are readable on this screen, if not as many as usual. */
  constructor(
    readonly root: string,
    private readonly budget?: number,
  ) {}

  info(): Promise<SnapshotInfo> {
    return this.once<SnapshotInfo>(this.root);
  }

  /** What was wrong in the input; the shortest answer that carries it is the one by namespace. */
  async problems(): Promise<Problem[]> {
    if ((await this.info()).problem_count === 0) return [];
    const path = withQuery(`${this.root}/flows`, { level: "namespace" });
    return (await this.once<FlowList>(path)).problems;
  }

  async map(state: ViewState): Promise<MapView> {
    const view = await this.once<MapView>(
      withQuery(`${this.root}/graph`, {
        level: state.level,
        open: state.open,
        namespace: state.namespaces,
        focus: state.focus,
        port: state.port,
        intended: state.intended,
        budget: this.budget,
      }),
    );
    if (!state.certainty) return view;
    return { ...view, edges: view.edges.filter((edge) => isWanted(edge, state)) };
  }

  matrix(state: ViewState): Promise<MatrixView> {
    return this.once<MatrixView>(
      withQuery(`${this.root}/matrix`, {
        level: state.level,
        open: state.open,
        namespace: state.namespaces,
        focus: state.focus,
        port: state.port,
        intended: state.intended,
      }),
    );
  }

  async flows(state: ViewState): Promise<Flow[]> {
    const list = await this.once<FlowList>(
      withQuery(`${this.root}/flows`, {
        level: state.level === "namespace" ? "namespace" : "workload",
        focus: state.focus,
        port: state.port,
        intended: state.intended,
      }),
    );
    const flows = list.flows.filter((flow) => isWanted(flow, state));
    const wanted = new Set(state.namespaces);
    if (wanted.size === 0) return flows;
    const inside = (peer: string): boolean => wanted.has(peer.split("/")[0]!);
    return flows.filter((flow) => inside(flow.source) || inside(flow.destination));
  }

  /** Flows with an end in a namespace. */
  async flowsIn(namespace: string, state: ViewState): Promise<Flow[]> {
    const { port, intended } = state;
    const query = { level: "workload", namespace, port, intended };
    const list = await this.once<FlowList>(withQuery(`${this.root}/flows`, query));
    return list.flows.filter((flow) => isWanted(flow, state));
  }

  async flowsOf(peer: string, state: ViewState): Promise<Flow[]> {
    const query = { level: "workload", focus: peer, intended: state.intended };
    return (await this.once<FlowList>(withQuery(`${this.root}/flows`, query))).flows;
  }

  explain(ask: Ask, intended: boolean): Promise<Explanation> {
    const query = { from: ask.from, to: ask.to, port: ask.on, intended };
    return this.once<Explanation>(withQuery(`${this.root}/explain`, query));
  }

  /** The ways in to a workload, and the Services that lead to it. */
  ways(peer: string, intended: boolean): Promise<WaysIn> {
    return this.once<WaysIn>(withQuery(`${this.root}/entrypoints`, { focus: peer, intended }));
  }

  /** What pods and namespaces to come could open to or from a workload. */
  exposure(peer: string, intended: boolean): Promise<Exposure> {
    return this.once<Exposure>(withQuery(`${this.root}/exposure`, { focus: peer, intended }));
  }

  fix(ask: Ask, intended: boolean): Promise<FixAnswer> {
    const query = { from: ask.from, to: ask.to, port: ask.on, intended };
    return this.once<FixAnswer>(withQuery(`${this.root}/fix`, query));
  }

  /** The what-if page with the draft that opens a pair. */
  fixAddress(ask: Ask, intended: boolean): string {
    const { from, to, on } = ask;
    return withQuery(`${this.page}/fix`, { from, to, on, intended: intended ? "1" : "" });
  }

  /** The page of a policy, by its key, or of a workload, by its name. */
  pageOf(what: "policies" | "workloads", name: string, intended: boolean): string {
    const path = name.split("/").map(encodeURIComponent).join("/");
    return withQuery(`${this.page}/${what}/${path}`, { intended });
  }

  /** Where the pages of the snapshot are. */
  private get page(): string {
    return this.root.replace(/^\/api\/v1/, "");
  }

  workloads(): Promise<WorkloadItem[]> {
    return this.all<WorkloadItem>(`${this.root}/workloads?page_size=${LARGEST_PAGE}`);
  }

  policies(): Promise<PolicyItem[]> {
    return this.all<PolicyItem>(`${this.root}/policies?page_size=${LARGEST_PAGE}`);
  }

  private async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let next: string | null | undefined = path; next;) {
      const page: Page<T> = await this.once<Page<T>>(next);
      items.push(...page.results);
      next = page.next;
    }
    return items;
  }

  private once<T>(path: string): Promise<T> {
    const known = this.kept.get(path);
    if (known) return known as Promise<T>;
    const fresh = getJson<T>(path);
    this.kept.set(path, fresh);
    fresh.catch(() => this.kept.delete(path));
    return fresh;
  }
}
