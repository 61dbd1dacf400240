/** The what-if page: a draft on the left, what it would change on the right and below. */

import type { PolicyItem } from "./graph/types";
import { getJson, isAbort, postJson } from "./shared/api";
import { pageData } from "./shared/dom";
import { mountMap } from "./whatif/diff_map";
import { type Draft, EMPTY_DRAFT, isBlank, openFile, toRequest } from "./whatif/draft";
import { EditorHolder } from "./whatif/editor_holder";
import { Evaluation } from "./whatif/evaluation";
import { mountExisting } from "./whatif/existing";
import { mountFolds } from "./whatif/folds";
import { mountKeep } from "./whatif/keep";
import { recallDraft, rememberDraft } from "./whatif/memory";
import { receive } from "./whatif/result";
import { mountSaid } from "./whatif/said";
import { mountSimulated } from "./whatif/simulated";
import { mountStart } from "./whatif/start";
import { Store } from "./whatif/store";
import { mountTable } from "./whatif/table";
import { mountTabs } from "./whatif/tabs";
import type { Answer, Diff, DiffMap } from "./whatif/types";
import { isStep, readView, writeView } from "./whatif/view_state";

/** What the server says about this page; the data itself comes from the REST interface. */
interface PageData {
  readonly snapshot: string;
  readonly draft: string | null;
}

interface DraftDocument {
  readonly id: string;
  readonly title: string;
  readonly files: { name: string; content: string }[];
  readonly delete: string[];
}

/** Typing rests this long before a question is asked: shorter than a pause for thought. */
const REST = 250;
const RETRY = 5000;

async function main(): Promise<void> {
  const page = pageData<PageData>("whatif-data");
  const api = `/api/v1/snapshots/${encodeURIComponent(page.snapshot)}`;
  const store = new Store();
  const evaluation = new Evaluation<Draft, Answer>({
    ask: (draft, signal) => ask(api, draft, signal),
    listen: (outcome) => {
      if (outcome.state === "failed" && isAbort(outcome.error)) return;
      store.set({ result: receive(store.state.result, outcome) });
    },
    rest: REST,
  });
  const retry = (): void => evaluation.now(store.state.draft);
  const editor = new EditorHolder(store);
  store.set({ view: readView(location.search) });
  mountTabs(store, editor);
  mountStart(store);
  mountExisting(store);
  mountKeep(store, page.snapshot);
  mountSaid(store, editor.reveal);
  mountSimulated(store, { retry, reveal: editor.reveal });
  mountTable(store, editor.reveal);
  mountMap(store);
  mountFolds();
  followAddress(store);
  keepTrying(store, retry);
  await begin(store, page);
  evaluation.now(store.state.draft);
  store.listen((state, before) => {
    if (before === null || state.draft === before.draft) return;
    if (page.draft === null) rememberDraft(page.snapshot, state.draft);
    askAgain(evaluation, state.draft, before.draft);
  });
  const { policies } = await getJson<{ policies: PolicyItem[] }>(`${api}/policies`);
  store.set({ policies });
}

async function ask(api: string, draft: Draft, signal: AbortSignal): Promise<Answer> {
  const body = toRequest(draft);
  const [diff, map] = await Promise.all([
    postJson<Diff>(`${api}/whatif`, body, signal),
    postJson<DiffMap>(`${api}/whatif?view=map`, body, signal),
  ]);
  return { diff, map };
}

/** Typing waits for a rest; anything else that changes the draft is asked about at once. */
function askAgain(evaluation: Evaluation<Draft, Answer>, draft: Draft, before: Draft): void {
  const one = JSON.stringify(toRequest(draft));
  if (one === JSON.stringify(toRequest(before))) return;
  const typed = draft.files.length === before.files.length && draft.deletions === before.deletions;
  if (typed && !isBlank(draft)) evaluation.later(draft);
  else evaluation.now(draft);
}

async function begin(store: Store, page: PageData): Promise<void> {
  if (page.draft === null) {
    store.set({ draft: recallDraft(page.snapshot) });
    return;
  }
  const kept = await getJson<DraftDocument>(`/api/v1/drafts/${encodeURIComponent(page.draft)}`);
  const draft = openFile({ ...EMPTY_DRAFT, files: kept.files, deletions: kept.delete }, 0);
  store.set({ draft, kept: { id: kept.id, title: kept.title, draft } });
}

/** Keeps the address and the view the same, in both directions. */
function followAddress(store: Store): void {
  store.listen(({ view }, before) => {
    if (before === null || view === before.view) return;
    const query = writeView(view, location.search);
    if (query === location.search) return;
    const address = `${location.pathname}${query}${location.hash}`;
    if (isStep(before.view, view)) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  });
  addEventListener("popstate", () => store.set({ view: readView(location.search) }));
}

function keepTrying(store: Store, retry: () => void): void {
  setInterval(() => {
    if (store.state.result.phase === "offline") retry();
  }, RETRY);
  addEventListener("online", retry);
}

void main();
