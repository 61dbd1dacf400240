/** A cluster that has no picture yet: what is being done for it; then its map. */

import { type Cluster } from "./clusters/types";
import { mountWaiting } from "./clusters/waiting";
import { pageData } from "./shared/dom";

mountWaiting(
  pageData<{ api: string; page: string; cluster: Cluster; after: number }>("cluster-page"),
);
