/**
 * What a page of a snapshot looks at first. Known before most of its scripts are here, so that the
 * question can be on its way meanwhile.
 */
import { readableBudget } from "../graph/budget";
import type { LivePage } from "../live/types";
import { pageData } from "../shared/dom";
import { SnapshotData } from "./data";
import { parseState } from "./state";

/** What the server says about this page; the data itself comes from the REST interface. */
interface PageData {
  readonly api: string;
  /** Snapshots that the reader goes on to: what they share stands at the same place in all. */
  readonly among: readonly string[];
  /** Where the snapshot is a picture of a cluster that is watched. */
  readonly live?: LivePage | null;
}

export const dataOf = (api: string): SnapshotData => new SnapshotData(api, readableBudget());

export const page = pageData<PageData>("map-page");
export const state = parseState(location.search);
export const data = dataOf(page.api);
export const among = page.among.map(dataOf);
