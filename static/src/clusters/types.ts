/** Shapes of the answers of the REST interface about clusters. */

export type Status = "connecting" | "live" | "partial" | "lost" | "refused" | "paused";
export type Source = "kubeconfig" | "in-cluster" | "token";
export type ResourceState = "ok" | "forbidden" | "absent" | "error" | "waiting";

export interface CheckedResource {
  readonly resource: string;
  readonly kind: string;
  readonly state: ResourceState;
  readonly list: boolean | null;
  readonly watch: boolean | null;
  readonly message: string;
}

export interface ResourceRow extends CheckedResource {
  readonly count: number;
}

export interface Cluster {
  readonly id: string;
  readonly name: string;
  readonly source: Source;
  readonly kubeconfig: string;
  readonly context: string;
  readonly server: string;
  readonly verify_tls: boolean;
  readonly has_ca: boolean;
  readonly namespaces: readonly string[];
  readonly watched: boolean;
  readonly keep_days: number;
  readonly keep_pictures: number;
  readonly status: Status;
  readonly detail: string;
  readonly status_since: string;
  readonly confirmed_at: string | null;
  readonly counts: Partial<Record<"namespaces" | "workloads" | "pods" | "policies", number>>;
  readonly resources: readonly ResourceRow[];
  readonly picture: {
    readonly id: number;
    readonly snapshot: string;
    readonly taken_at: string;
  } | null;
  readonly picture_count: number;
  readonly watcher: boolean;
}

export interface Check {
  readonly reachable: boolean;
  readonly server: string;
  readonly version: string;
  readonly verify_tls: boolean;
  readonly message: string;
  readonly resources: readonly CheckedResource[];
  readonly sentence: string;
}

export interface Kubeconfig {
  readonly path: string;
  readonly contexts: readonly { readonly name: string; readonly cluster: string }[];
  readonly current: string;
}

export interface ObjectChange {
  readonly op: "added" | "changed" | "removed";
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly pods_added: number;
  readonly pods_removed: number;
  readonly manager: string | null;
  readonly at: string | null;
}

export interface Picture {
  readonly id: number;
  readonly snapshot: string;
  readonly taken_at: string;
  readonly changes: readonly ObjectChange[];
  readonly change_count: number;
}

export interface Page<T> {
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly T[];
}

export const clusterApi = (id: string): string => `/api/v1/clusters/${id}`;
