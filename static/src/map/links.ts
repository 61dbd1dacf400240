/** The links to the other view of the same snapshot take along what the reader looks at. */

export function keepInLinks(query: string): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-keeps-view]")) {
    link.href = `${link.pathname}${query}`;
  }
}
