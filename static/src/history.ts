/** The history of a cluster: its pictures, two of them compared, and how long they are kept. */

import { mountRetention } from "./clusters/retention";
import { mountTimeline } from "./clusters/timeline";
import type { Cluster } from "./clusters/types";
import { pageData } from "./shared/dom";

const page = pageData<{ api: string; page: string; cluster: Cluster }>("cluster-page");
mountRetention(page.api);
void mountTimeline(page.api, page.cluster);
