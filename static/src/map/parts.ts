/** Pieces that the panel's pages share: names as links, lists of flows, places in files. */
import type { Flow, Verdict } from "../graph/types";
import { el, type Child } from "../shared/dom";
import { isUncertain, openText, parsePeer, peerName } from "../shared/text";

/** What the panel can ask the page to do. */
export interface Actions {
  select: (id: string) => void;
  focus: (peer: string) => void;
  toggle: (namespace: string) => void;
  ask: (from: string, to: string, on?: string) => void;
  /** The next node chosen is the destination of a question; not where there is no map. */
  pick?: (from: string) => void;
}

type Openness = Pick<Flow, "connections" | "verdict" | "reason">;

const SHOWN = 8;

/** A peer as a link that selects it; the outside is text, it has no page. */
export function peerLink(peer: string, actions: Actions): HTMLElement {
  const { namespace, kind } = parsePeer(peer);
  if (!namespace) return el("span", { title: peer }, peerName(peer));
  return el(
    "button",
    { type: "button", class: "link-button", title: kind, onclick: () => actions.select(peer) },
    peerName(peer),
  );
}

/** Leads to the answer for a pair between which no line is drawn. */
export function pickButton(from: string, { pick }: Actions): Child {
  if (!pick) return null;
  return el(
    "button",
    {
      type: "button",
      class: "button",
      title: "Then choose the other end on the map. Shift and a click on it asks at once.",
      onclick: () => pick(from),
    },
    "Can it reach …? Pick it",
  );
}

export function policyLink(policy: string, actions: Actions): HTMLElement {
  const name = policy.split("/").slice(1).join("/");
  return el(
    "button",
    { type: "button", class: "link-button", onclick: () => actions.select(`policy:${policy}`) },
    name,
  );
}

export function place(source: string | null, line: number | null): Child {
  if (!source) return null;
  return el("span", { class: "place" }, line === null ? source : `${source}:${line}`);
}

export function section(title: string, ...children: (Child | Child[])[]): HTMLElement {
  return el("section", { class: "panel-section" }, el("h3", {}, title), ...children);
}

/** Rows that fold after a few; the button shows the rest. */
export function folding(rows: HTMLElement[], className: string): HTMLElement {
  const list = el("ul", { class: className }, rows);
  if (rows.length <= SHOWN + 2) return list;
  const hidden = rows.slice(SHOWN);
  for (const row of hidden) row.hidden = true;
  const more = el(
    "button",
    {
      type: "button",
      class: "link-button small",
      onclick: () => {
        for (const row of hidden) row.hidden = false;
        more.remove();
        hidden[0]?.querySelector("button")?.focus();
      },
    },
    `Show ${hidden.length} more`,
  );
  return el("div", {}, list, more);
}

const portsClass = (verdict: Verdict): string =>
  `chip ${isUncertain(verdict) ? verdict : ""} mono ports`;

/** What is open between two, where the row is no question of its own. */
export function portsChip({ connections, verdict, reason }: Openness): HTMLElement {
  return el("span", { class: portsClass(verdict), title: reason }, openText(connections, verdict));
}

export function flowList(
  flows: readonly Flow[],
  end: "source" | "destination",
  owner: string,
  actions: Actions,
  empty: string,
): HTMLElement {
  if (flows.length === 0) return el("p", { class: "muted" }, empty);
  const rows = flows.map((flow) => {
    const other = flow[end];
    const [from, to] = end === "source" ? [other, owner] : [owner, other];
    return el(
      "li",
      {},
      peerLink(other, actions),
      el(
        "button",
        {
          type: "button",
          class: portsClass(flow.verdict),
          title: `Why may ${peerName(from)} reach ${peerName(to)}?`,
          onclick: () => actions.ask(from, to),
        },
        openText(flow.connections, flow.verdict),
      ),
    );
  });
  return folding(rows, "flows");
}
