/** Follows a cluster from a page that is made for one picture: the newest is opened in its place. */
import { el } from "../shared/dom";
import { pathWith, snapshotIn } from "./address";
import { Follower } from "./follow";
import type { LivePage } from "./types";

export function followByOpening(live: LivePage | null): void {
  const shown = snapshotIn(location.pathname);
  if (live === null || shown === null) return;
  const follower = new Follower(live, shown, {
    verb: "Open this page of the newest picture",
    take: ({ snapshot }) => void open(snapshot, follower),
  });
  follower.start();
}

/** What this page is about may not be in the newest picture any more: then one stays here. */
async function open(snapshot: string, follower: Follower): Promise<void> {
  const path = pathWith(location.pathname, snapshot);
  const answer = await fetch(path, { method: "HEAD" }).catch(() => null);
  if (answer?.status === 404) sayGone(snapshot, follower);
  else location.assign(`${path}${location.search}`);
}

function sayGone(snapshot: string, follower: Follower): void {
  const text = "The newest picture of the cluster does not have this any more.";
  document.querySelector(".not-in-newest")?.remove();
  document
    .querySelector("#main")!
    .prepend(
      el(
        "p",
        { class: "notice warning not-in-newest" },
        `${text} `,
        el("a", { href: `/snapshots/${snapshot}/` }, "Open the map of the newest picture"),
      ),
    );
  follower.say(text);
}
