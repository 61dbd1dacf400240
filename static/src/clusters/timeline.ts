/** Pictures of a cluster, newest first: when, what changed, and a choice of two to compare. */

import { deleteAt, getJson, withQuery } from "../shared/api";
import { el, fill, part } from "../shared/dom";
import { ago, exactTime, plural } from "../shared/text";
import { errorText } from "./fields";
import { objectList } from "./objects";
import { confirmed } from "./remove";
import type { Cluster, Page, Picture } from "./types";

const PAGE_SIZE = 25;

const FIRST = "The first picture: there is nothing before it to compare with.";
const NAMELESS = "What changed was not noted; compare it with the one before.";

/** Whether a picture is the newest of all, and whether it is the oldest. */
interface Place {
  readonly newest: boolean;
  readonly first: boolean;
  /** Is there another to compare it with? */
  readonly alone: boolean;
}

const placeOf = (page: Page<Picture>, index: number): Place => ({
  newest: page.previous === null && index === 0,
  first: page.next === null && index === page.results.length - 1,
  alone: page.count === 1,
});

/** The two chosen, the one chosen first in front: a third takes its place. */
type Chosen = readonly Picture[];

/** Gives back how to show the newest pictures, once there are newer ones than these. */
export function mountTimeline(api: string, cluster: Cluster): () => void {
  const form = part<HTMLFormElement>("compare");
  let chosen: Chosen = [];
  let number = pageNumber();

  const show = async (): Promise<void> => {
    const list = part("timeline");
    list.setAttribute("aria-busy", "true");
    try {
      const page = await getJson<Page<Picture>>(
        withQuery(`${api}/pictures`, { page: number, page_size: PAGE_SIZE }),
      );
      part("failed").hidden = true;
      part("sentence").textContent = sentence(page.count, cluster);
      form.hidden = page.count < 2;
      fill(
        list,
        page.results.length === 0
          ? empty(cluster)
          : page.results.map((each, index) => entry(each, placeOf(page, index))),
      );
      drawPager(page, number, go);
    } catch (error) {
      part("failed").textContent = errorText(error);
      part("failed").hidden = false;
      part("sentence").textContent = "";
      fill(list);
    }
    list.removeAttribute("aria-busy");
    drawChoice(chosen);
  };

  const go = (wanted: number): void => {
    number = wanted;
    history.pushState(null, "", wanted === 1 ? location.pathname : `?page=${wanted}`);
    void show().then(() => part("timeline").scrollIntoView({ block: "start" }));
  };

  function entry(picture: Picture, place: Place): HTMLElement {
    const choose = (): void => {
      chosen = chosen.some(({ id }) => id === picture.id)
        ? chosen.filter(({ id }) => id !== picture.id)
        : [...chosen, picture].slice(-2);
      drawChoice(chosen);
    };
    return pictureItem(picture, place, choose, () => remove(picture));
  }

  function remove(picture: Picture): void {
    confirmed(
      "Delete this picture?",
      `The picture of ${exactTime(picture.taken_at)} goes from the history, with its map. It cannot be brought back.`,
      "Delete",
      () =>
        deleteAt(`${api}/pictures/${picture.id}`).then(
          () => {
            chosen = chosen.filter(({ id }) => id !== picture.id);
            return show();
          },
          (error: unknown) => {
            part("failed").textContent = errorText(error);
            part("failed").hidden = false;
          },
        ),
    );
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [before, after] = inOrder(chosen);
    if (before && after)
      location.assign(withQuery("/compare", { from: before.snapshot, to: after.snapshot }));
  });
  addEventListener("popstate", () => {
    number = pageNumber();
    void show();
  });
  void show();
  return () => {
    if (number === 1) void show();
    else go(1);
  };
}

const pageNumber = (): number =>
  Math.max(1, Number(new URLSearchParams(location.search).get("page")) || 1);

/** The older of two comes first, in whatever order they were chosen. */
export const inOrder = (chosen: Chosen): Picture[] =>
  [...chosen].sort((one, other) => one.id - other.id);

function sentence(count: number, cluster: Cluster): string {
  if (count === 0) return "There is no picture yet.";
  return `${plural(count, "picture")} of ${cluster.name}. One is taken whenever something changes that policies can tell.`;
}

function empty(cluster: Cluster): HTMLElement {
  return el(
    "li",
    { class: "card picture" },
    el(
      "p",
      {},
      "Nothing yet. ",
      el("a", { href: `/clusters/${cluster.id}` }, "See what is being read"),
      ".",
    ),
  );
}

function pictureItem(
  picture: Picture,
  { newest, first, alone }: Place,
  choose: () => void,
  remove: () => void,
): HTMLElement {
  const when = exactTime(picture.taken_at);
  return el(
    "li",
    { class: "card picture", "data-picture": picture.id },
    el(
      "div",
      { class: "picture-head" },
      alone
        ? null
        : el(
            "label",
            { class: "check" },
            el("input", {
              type: "checkbox",
              "data-choose": picture.id,
              onchange: choose,
              "aria-label": `Compare the picture of ${when}`,
            }),
          ),
      el(
        "h2",
        {},
        el("time", { datetime: picture.taken_at }, ago(picture.taken_at)),
        " ",
        el("span", { class: "muted" }, when),
      ),
      newest ? el("span", { class: "chip" }, "newest") : null,
      el(
        "span",
        { class: "picture-actions" },
        el(
          "a",
          { class: "button", href: `/snapshots/${picture.snapshot}/` },
          "Map",
          el("span", { class: "visually-hidden" }, ` of ${when}`),
        ),
        newest
          ? null
          : el(
              "button",
              { type: "button", class: "button quiet", onclick: remove },
              "Delete",
              el("span", { class: "visually-hidden" }, ` the picture of ${when}`),
            ),
      ),
    ),
    picture.change_count === 0
      ? el("p", { class: "muted" }, first ? FIRST : NAMELESS)
      : objectList(picture.changes, picture.change_count),
  );
}

function drawChoice(chosen: Chosen): void {
  const boxes = document.querySelectorAll<HTMLInputElement>("[data-choose]");
  for (const box of boxes) {
    box.checked = chosen.some(({ id }) => String(id) === box.dataset["choose"]);
    box.closest(".picture")?.classList.toggle("chosen", box.checked);
  }
  const [before, after] = inOrder(chosen);
  part<HTMLButtonElement>("compare-go").disabled = !(before && after);
  part("compare-said").textContent =
    before && after
      ? `From ${exactTime(before.taken_at)} to ${exactTime(after.taken_at)}.`
      : before
        ? `${exactTime(before.taken_at)}, and one more.`
        : "Choose two pictures to compare.";
}

function drawPager(page: Page<Picture>, number: number, go: (number: number) => void): void {
  const last = Math.max(1, Math.ceil(page.count / PAGE_SIZE));
  part("pager").hidden = last === 1;
  const button = (text: string, to: number, off: boolean): HTMLElement =>
    el("button", { type: "button", class: "button", disabled: off, onclick: () => go(to) }, text);
  fill(
    part("pager"),
    button("Newer", number - 1, page.previous === null),
    el("span", { class: "muted" }, `Page ${number} of ${last}`),
    button("Older", number + 1, page.next === null),
  );
}
