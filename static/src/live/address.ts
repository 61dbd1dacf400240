/** Addresses and names on the page that go with the snapshot that it shows. */

const PATH = /^\/snapshots\/([^/]+)\//;

/** The snapshot that an address of the pages is about. */
export const snapshotIn = (path: string): string | null => PATH.exec(path)?.[1] ?? null;

/** The same page of another snapshot. */
export const pathWith = (path: string, snapshot: string): string =>
  path.replace(PATH, `/snapshots/${snapshot}/`);

/** Everything on the page that leads on from one snapshot leads on from the other. */
export function turnLinks(from: string, to: string): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>(`a[href*="/${from}/"]`)) {
    link.href = (link.getAttribute("href") ?? "").replace(`/${from}/`, `/${to}/`);
  }
}

/** The name of the snapshot, wherever the page says it. */
export function retitle(title: string): void {
  const name = document.querySelector<HTMLElement>(".snapshot-name");
  const before = name?.textContent ?? "";
  if (!name || before === "" || before === title) return;
  name.textContent = title;
  name.title = title;
  document.title = document.title.replace(before, title);
  const heading = document.querySelector("h1");
  if (heading) heading.textContent = (heading.textContent ?? "").replace(before, title);
}
