/** The marks on nodes, drawn as SVG images; the legend shows the same drawings. */
import type { Palette } from "./palette";
import type { IslandNode, NodeChange, WorkloadNode } from "./types";

/** Side of the image laid over a workload; the square in its middle is 44. */
export const OVERLAY = 72;
const HALF = OVERLAY / 2;
const CORNER = 21;
/** Marks at the lower edge stand higher, to leave the name alone. */
const BOTTOM = 15;
const SHIELD = "M0-6.5 5.5-4.5V0c0 3.4-2.3 5.4-5.5 6.5C-3.2 5.4-5.5 3.4-5.5 0v-4.5z";
const LEFT_HALF = "M0-6.5V6.5C-3.2 5.4-5.5 3.4-5.5 0v-4.5z";
const RIGHT_HALF = "M0-6.5 5.5-4.5V0c0 3.4-2.3 5.4-5.5 6.5z";

export type Isolation = "none" | "ingress" | "egress" | "both";

export function isolationOf(isolation: { ingress: boolean; egress: boolean }): Isolation {
  if (isolation.ingress && isolation.egress) return "both";
  if (isolation.ingress) return "ingress";
  return isolation.egress ? "egress" : "none";
}

export function shield(kind: Isolation, palette: Palette): string {
  const outline = `fill="none" stroke="${palette.shield}" stroke-width="1.5" stroke-linejoin="round"`;
  const filled = { none: "", ingress: LEFT_HALF, egress: RIGHT_HALF, both: SHIELD }[kind];
  const inner = filled ? `<path d="${filled}" fill="${palette.shield}"/>` : "";
  return `${inner}<path d="${SHIELD}" ${outline}/>`;
}

export function padlock(palette: Palette): string {
  return (
    `<path d="M-3-1v-2.6a2.8 2.8 0 0 1 5.2-1.4" fill="none" stroke="${palette.open}" stroke-width="1.6" stroke-linecap="round"/>` +
    `<rect x="-5" y="-1" width="10" height="7" rx="1.5" fill="${palette.openFill}" stroke="${palette.open}" stroke-width="1.2"/>`
  );
}

export function globe(palette: Palette): string {
  const line = `fill="none" stroke="${palette.outside}" stroke-width="1.3"`;
  return (
    `<circle r="6" ${line}/><ellipse rx="2.6" ry="6" ${line}/>` + `<path d="M-6 0H6" ${line}/>`
  );
}

/** A globe whose outline is dotted: whether it can be reached is not certain. */
export function uncertainGlobe(palette: Palette): string {
  const line = `fill="none" stroke="${palette.unknown}" stroke-width="1.3"`;
  return (
    `<circle r="6" ${line} stroke-dasharray="2 1.6"/>` +
    `<path d="M-1.9-1.6a1.9 1.9 0 1 1 2.7 1.8c-.6.3-.8.6-.8 1.2" ${line} stroke-linecap="round"/>` +
    `<circle cy="3.4" r="0.8" fill="${palette.unknown}"/>`
  );
}

function entryMark(node: WorkloadNode, palette: Palette): string {
  const { entry } = node;
  if (!entry || !entry.internet || entry.verdict === "deny") return "";
  return entry.verdict === "allow" ? globe(palette) : uncertainGlobe(palette);
}

/** Not known: a policy that is not evaluated, or many lines that depend on something. */
export function doubt(palette: Palette): string {
  return (
    `<text y="5" text-anchor="middle" font-family="system-ui,sans-serif" font-size="14"` +
    ` font-weight="700" fill="${palette.unknown}">?</text>`
  );
}

function at(x: number, y: number, drawing: string, palette: Palette): string {
  const disc = `<circle r="9.5" fill="${palette.surface}" stroke="${palette.line}"/>`;
  return `<g transform="translate(${x} ${y})">${disc}${drawing}</g>`;
}

function letters(text: string, palette: Palette): string {
  return (
    `<text x="${HALF}" y="${HALF + 6}" text-anchor="middle" font-family="system-ui,sans-serif"` +
    ` font-size="17" font-weight="600" fill="${palette.ink2}">${text}</text>`
  );
}

function count(pods: number, palette: Palette): string {
  const text = `×${pods}`;
  const width = 10 + text.length * 6.5;
  return (
    `<g transform="translate(${HALF + CORNER} ${HALF + BOTTOM})">` +
    `<rect x="${-width / 2}" y="-8" width="${width}" height="16" rx="8" fill="${palette.surface}" stroke="${palette.line}"/>` +
    `<text y="4" text-anchor="middle" font-family="system-ui,sans-serif" font-size="11" fill="${palette.ink2}">${text}</text></g>`
  );
}

function changeMark(change: NodeChange | undefined, palette: Palette): string {
  if (!change) return "";
  const [colour, sign] = {
    new: [palette.added, "M-4 0H4M0-4V4"],
    lost: [palette.removed, "M-4 0H4"],
    changed: [palette.changed, "M-4 .8Q-2-2.4 0 0T4-.8"],
  }[change];
  return (
    `<g transform="translate(${HALF} ${HALF - CORNER - 2})"><circle r="9" fill="${colour}"/>` +
    `<path d="${sign}" fill="none" stroke="${palette.surface}" stroke-width="2" stroke-linecap="round"/></g>`
  );
}

/** Letters and badges of one workload as an image address. */
export function workloadImage(node: WorkloadNode, palette: Palette): string {
  const isolation = isolationOf(node.isolation);
  const parts = [letters(node.letters, palette)];
  const above = (side: number, drawing: string): void => {
    parts.push(at(HALF + side * CORNER, HALF - CORNER, drawing, palette));
  };
  if (node.open_to_all) above(-1, padlock(palette));
  if (isolation !== "none") above(1, shield(isolation, palette));
  const mark = entryMark(node, palette);
  if (mark) parts.push(at(HALF - CORNER, HALF + BOTTOM, mark, palette));
  if (node.doubt) parts.push(at(HALF, HALF - CORNER - 2, doubt(palette), palette));
  if (node.pods > 1) parts.push(count(node.pods, palette));
  parts.push(changeMark(node.change, palette));
  return image(parts.join(""), OVERLAY, OVERLAY);
}

/** The state of a whole island: padlock, half or full shield. */
export function islandMark(node: IslandNode, palette: Palette): string {
  const { ingress, egress } = node.isolation;
  if (node.not_known) return doubt(palette);
  if (ingress === "none" && egress === "none") return padlock(palette);
  if (ingress === "all" && egress === "all") return shield("both", palette);
  return shield(ingress === "none" ? "egress" : "ingress", palette);
}

export function markImage(drawing: string): string {
  return image(`<g transform="translate(10 10)">${drawing}</g>`, 20, 20);
}

/** Of the drawings so far: nodes have few different ones. */
const addresses = new Map<string, string>();

/** Not the drawing itself as an address: Cytoscape goes through each character for each node. */
function image(body: string, width: number, height: number): string {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"` +
    ` viewBox="0 0 ${width} ${height}">${body}</svg>`;
  let address = addresses.get(svg);
  if (address === undefined) {
    address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    addresses.set(svg, address);
  }
  return address;
}
