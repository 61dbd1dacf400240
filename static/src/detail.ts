/** The pages of one policy and one workload: all is in the page but the line on what it rests on. */
import { followByOpening } from "./live/elsewhere";
import type { LivePage } from "./live/types";
import { SnapshotData } from "./map/data";
import { pageData } from "./shared/dom";
import { showBanner, showHonesty } from "./shared/honesty";
import type { Enforcement } from "./graph/types";

interface PageData {
  readonly api: string;
  readonly intended: boolean;
  readonly enforcement: Enforcement;
  readonly live: LivePage | null;
}

async function start(): Promise<void> {
  const page = pageData<PageData>("detail-page");
  showBanner(page.enforcement, page.intended, (intended) => {
    const address = new URL(location.href);
    if (intended) address.searchParams.set("intended", "1");
    else address.searchParams.delete("intended");
    location.assign(address);
  });
  followByOpening(page.live);
  const data = new SnapshotData(page.api);
  const [info, problems] = await Promise.all([data.info(), data.problems()]);
  showHonesty({ ...info, problems, taken_at: page.live?.taken_at ?? null });
}

void start();
