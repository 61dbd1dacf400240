/** The findings page: what is wrong or risky, worst first, with where and what to do about it. */
import type { Enforcement } from "./graph/types";
import { cards, sections, TITLES, type Links } from "./findings/cards";
import {
  formatState,
  isFiltered,
  notUnderstood,
  parseState,
  START,
  type ViewState,
} from "./findings/state";
import type { Finding, FindingPage, Severity } from "./findings/types";
import { followByOpening } from "./live/elsewhere";
import type { LivePage } from "./live/types";
import { SnapshotData } from "./map/data";
import { ApiError, getJson, isAbort, withQuery } from "./shared/api";
import { el, fill, pageData, part } from "./shared/dom";
import { showFindingsCount, type FindingCounts } from "./shared/findings_count";
import { showHonesty } from "./shared/honesty";
import { amount, plural } from "./shared/text";

interface PageData extends Links {
  readonly api: string;
  readonly live: LivePage | null;
}

/** More at once and the page grows long to read and slow to draw. */
const PAGE_SIZE = 200;
/** Typing rests this long before the server is asked. */
const REST = 200;
const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

const data = pageData<PageData>("findings-page");
const list = part("list");
let state = parseState(location.search);
let asked: AbortController | null = null;
let typing = 0;

async function load(): Promise<void> {
  asked?.abort();
  asked = new AbortController();
  list.setAttribute("aria-busy", "true");
  const { severity, family, namespace, text } = state;
  const query = { severity, family, namespace, text, page_size: PAGE_SIZE };
  try {
    show(await getJson<FindingPage>(withQuery(`${data.api}/findings`, query), asked.signal));
  } catch (error) {
    if (!isAbort(error)) failed(error);
  }
}

function show(page: FindingPage): void {
  showFindingsCount(page.summary);
  sentence(page.summary);
  severities(page.summary);
  choices("family", page.families, "All families", state.family);
  choices("namespace", page.namespaces, "All namespaces", state.namespace);
  part("clear").hidden = !isFiltered(state);
  const { error, warning, info, suppressed } = page.summary;
  part("filters").hidden = !isFiltered(state) && error + warning + info + suppressed === 0;
  list.setAttribute("aria-busy", "false");
  // A least severity is what the server filters by; the page shows one alone.
  const wanted = (each: Finding): boolean => !state.severity || each.severity === state.severity;
  const found = page.results.filter(wanted);
  const counted = found.filter((each) => each.suppressed === null);
  const ignored = found.filter((each) => each.suppressed !== null);
  fill(
    list,
    found.length === 0 ? nothing(page.summary) : sections(counted, data),
    ignored.length > 0 && suppressedPart(ignored),
    page.next !== null && more(page),
  );
}

function sentence(counts: FindingCounts): void {
  if (counts.error + counts.warning + counts.info + counts.suppressed === 0) {
    part("sentence").textContent = "What is wrong or risky in the policies as they are written.";
    return;
  }
  const parts = [
    plural(counts.error, "error"),
    plural(counts.warning, "warning"),
    plural(counts.info, "note"),
  ];
  const ignored = counts.suppressed > 0 ? `, ${counts.suppressed} ignored with a reason` : "";
  const unjudged = counts.not_judged > 0 ? ` ${notJudged(counts)}: ${whyNotJudged(counts)}.` : "";
  part("sentence").textContent =
    `${parts.join(", ")}${ignored}, from ${counts.checks} checks of the policies as they are written.${unjudged}`;
}

const whyNotJudged = ({ not_judged: count }: FindingCounts): string =>
  `policies that are not evaluated govern ${count === 1 ? "it" : "them"}`;
const notJudged = ({ not_judged: count }: FindingCounts): string =>
  `${plural(count, "workload")} ${count === 1 ? "was" : "were"} not judged`;

function severities(counts: FindingCounts): void {
  const total = counts.error + counts.warning + counts.info;
  const button = (severity: Severity | "", title: string, count: number): HTMLElement =>
    el(
      "button",
      {
        type: "button",
        "aria-pressed": String(state.severity === severity),
        onclick: () => change({ ...state, severity }),
      },
      `${title} `,
      el("span", { class: "count" }, count),
    );
  fill(
    part("severities"),
    button("", "All", total),
    SEVERITIES.map((severity) => button(severity, TITLES[severity], counts[severity])),
  );
}

function choices(name: string, values: readonly string[], all: string, chosen: string): void {
  const known = chosen && !values.includes(chosen) ? [...values, chosen] : values;
  const select = part<HTMLSelectElement>(name);
  fill(
    select,
    el("option", { value: "" }, all),
    known.map((value) => el("option", { value }, value)),
  );
  select.value = chosen;
}

function nothing(counts: FindingCounts): HTMLElement {
  if (isFiltered(state)) {
    return el(
      "div",
      { class: "findings-empty" },
      el("h2", {}, "No finding fits the filters"),
      el("button", { type: "button", class: "button", onclick: () => change(START) }, "Show all"),
    );
  }
  if (counts.not_judged > 0) {
    return el(
      "div",
      { class: "findings-empty" },
      el("h2", {}, notJudged(counts)),
      el(
        "p",
        {},
        `${counts.checks} checks found nothing in what can be told: ${whyNotJudged(counts)}.`,
      ),
    );
  }
  return el(
    "div",
    { class: "findings-empty" },
    el("h2", {}, "Nothing found"),
    el("p", {}, `${counts.checks} checks ran over every policy, workload and Service.`),
  );
}

function suppressedPart(ignored: readonly Finding[]): HTMLElement {
  return el(
    "details",
    { class: "findings-ignored" },
    el("summary", {}, el("h2", {}, `Ignored with a reason (${ignored.length})`)),
    cards(ignored, data),
  );
}

function more(page: FindingPage): HTMLElement {
  return el(
    "p",
    { class: "findings-more muted" },
    `${amount(page.count)} findings fit, the ${page.results.length} worst are shown: filter to see the others.`,
  );
}

function failed(error: unknown): void {
  const problem = error instanceof ApiError ? error : new ApiError(0, "This went wrong", "");
  list.setAttribute("aria-busy", "false");
  part("sentence").textContent = "The findings could not be read.";
  fill(
    list,
    el(
      "div",
      { class: "notice error", role: "alert" },
      el("h2", {}, problem.title),
      el("p", {}, problem.detail),
      el("button", { type: "button", class: "button", onclick: () => void load() }, "Try again"),
    ),
  );
}

function change(next: ViewState, how: "push" | "replace" = "push"): void {
  if (formatState(next) === formatState(state)) return;
  state = next;
  const address = `${location.pathname}${formatState(state)}`;
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  showFilters();
  void load();
}

function showFilters(): void {
  const text = part<HTMLInputElement>("text");
  if (document.activeElement !== text) text.value = state.text;
  part<HTMLSelectElement>("family").value = state.family;
  part<HTMLSelectElement>("namespace").value = state.namespace;
  showNotUnderstood();
  part("clear").hidden = !isFiltered(state);
}

/** The address may come from somebody else: what it asks for in vain must not look answered. */
function showNotUnderstood(): void {
  const said = notUnderstood(location.search);
  const place = part("notice");
  place.hidden = said.length === 0;
  fill(place, el("p", {}, said.join(" ")));
}

function listen(): void {
  part("filters").addEventListener("submit", (event) => event.preventDefault());
  const family = part<HTMLSelectElement>("family");
  family.addEventListener("change", () => change({ ...state, family: family.value }));
  const namespace = part<HTMLSelectElement>("namespace");
  namespace.addEventListener("change", () => change({ ...state, namespace: namespace.value }));
  const text = part<HTMLInputElement>("text");
  text.addEventListener("input", () => {
    clearTimeout(typing);
    typing = window.setTimeout(
      () => change({ ...state, text: text.value.trim() }, "replace"),
      REST,
    );
  });
  part("clear").addEventListener("click", () => {
    text.value = "";
    change(START);
  });
  addEventListener("popstate", () => {
    state = parseState(location.search);
    showFilters();
    void load();
  });
}

async function honesty(): Promise<void> {
  const snapshot = new SnapshotData(data.api);
  const [info, problems] = await Promise.all([snapshot.info(), snapshot.problems()]);
  showHonesty({ ...info, problems, taken_at: data.live?.taken_at ?? null });
  banner(info.enforcement);
}

/** Findings are about what the policies intend, so there is nothing to switch. */
function banner(enforcement: Enforcement): void {
  const place = document.querySelector<HTMLElement>("[data-not-enforced]");
  if (!place || enforcement.enforced !== "no") return;
  place.hidden = false;
  fill(
    place,
    el(
      "p",
      {},
      el("strong", {}, "Policies are not enforced in this cluster. "),
      "The findings below are about what the policies would do where they are.",
    ),
  );
}

listen();
showFilters();
void load();
void honesty();
followByOpening(data.live);
