/** The history of a cluster: its pictures, two of them compared, and how long they are kept. */

import { mountRetention } from "./clusters/retention";
import { mountTimeline } from "./clusters/timeline";
import type { Cluster } from "./clusters/types";
import { Follower } from "./live/follow";
import type { LivePage } from "./live/types";
import { pageData } from "./shared/dom";

interface PageData {
  readonly api: string;
  readonly cluster: Cluster;
  /** Null before the first picture. */
  readonly live: LivePage | null;
}

const page = pageData<PageData>("cluster-page");
mountRetention(page.api);
const showNewest = mountTimeline(page.api, page.cluster);
const newest = page.cluster.picture;
if (page.live && newest) {
  const follower = new Follower(page.live, newest.snapshot, {
    verb: "List the newest picture as well",
    take: ({ snapshot }) => {
      follower.showing(snapshot);
      showNewest();
    },
  });
  follower.start();
}
