/** How much of a network can be read at once on this screen. */

/** A phone, or a window as narrow as one. */
export const SMALL = window.matchMedia("(max-width: 720px)");
const ON_SMALL = 70;

/** The most nodes and lines to ask for; undefined leaves it to the server. */
export const readableBudget = (): number | undefined => (SMALL.matches ? ON_SMALL : undefined);
