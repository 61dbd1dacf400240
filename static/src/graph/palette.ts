/** The colours of the drawing, read from the page's custom properties so that there is one source. */

export interface Palette {
  ink: string;
  ink2: string;
  surface: string;
  sea: string;
  accent: string;
  line: string;
  flow: string;
  deny: string;
  openFill: string;
  open: string;
  shield: string;
  outside: string;
  unknown: string;
  added: string;
  removed: string;
  changed: string;
  node: string;
  nodeLine: string;
  /** The types of the words, or the system's own as long as the page's are not here. */
  sans: string;
  mono: string;
  island: (name: string) => { fill: string; edge: string };
}

/** Hues of land, away from the blue, orange and purple that mean something. */
const HUES = [96, 150, 178, 44, 120, 66, 200, 20];

const TYPES = {
  sans: ['"Source Sans 3 Variable"', "sans-serif"],
  mono: ['"JetBrains Mono Variable"', "monospace"],
} as const;

/** A canvas does not draw a word again when its type arrives, so it is not named before. */
function typeOf(kind: keyof typeof TYPES): string {
  const [own, system] = TYPES[kind];
  return document.fonts.check(`13px ${own}`) ? `${own}, ${system}` : system;
}

/** Fetches the types; one that does not arrive leaves the words in the system's own. */
export const typesLoaded = (): Promise<unknown> =>
  Promise.allSettled(Object.values(TYPES).map(([own]) => document.fonts.load(`13px ${own}`)));

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const hsl = (hue: number, kind: string): string =>
    `hsl(${hue}, ${value(`${kind}-s`)}, ${value(`${kind}-l`)})`;
  // Read once: a large map asks for the colours of an island a thousand times.
  const tints = new Map(
    HUES.map((hue) => [hue, { fill: hsl(hue, "island"), edge: hsl(hue, "island-edge") }]),
  );
  return {
    ink: value("ink"),
    ink2: value("ink-2"),
    surface: value("surface"),
    sea: value("sea"),
    accent: value("accent"),
    line: value("line"),
    flow: value("flow"),
    deny: value("deny"),
    openFill: value("open-fill"),
    open: value("open"),
    shield: value("shield"),
    outside: value("outside"),
    unknown: value("unknown"),
    added: value("added"),
    removed: value("removed"),
    changed: value("changed"),
    node: value("node"),
    nodeLine: value("node-line"),
    sans: typeOf("sans"),
    mono: typeOf("mono"),
    island: (name) => tints.get(hueOf(name))!,
  };
}

/** The hue of a namespace's land. */
export const hueOf = (name: string): number => HUES[hash(name) % HUES.length]!;

/** The same small number for the same name, always. */
export function hash(name: string): number {
  let value = 7;
  for (const character of name) value = (value * 31 + character.codePointAt(0)!) >>> 0;
  return value;
}
