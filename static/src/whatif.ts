/** The what-if page: a draft on the left, what it would change on the right and below. */

import { readableBudget } from "./graph/budget";
import { SnapshotData } from "./map/data";
import { getJson, isAbort } from "./shared/api";
import { pageData } from "./shared/dom";
import { countFindings } from "./shared/findings_count";
import { showHonesty } from "./shared/honesty";
import type { LivePage } from "./live/types";
import { LiveBase } from "./whatif/base";
import { mountMap } from "./whatif/diff_map";
import { type Draft, EMPTY_DRAFT, openFile } from "./whatif/draft";
import { EditorHolder } from "./whatif/editor_holder";
import { Evaluation } from "./whatif/evaluation";
import { mountExisting } from "./whatif/existing";
import { mountFolds } from "./whatif/folds";
import { mountKeep } from "./whatif/keep";
import { mountLegend } from "./whatif/legend";
import { recallDraft, rememberDraft } from "./whatif/memory";
import { Asker, difference, type Question, questionOf } from "./whatif/question";
import { receive } from "./whatif/result";
import { mountSaid } from "./whatif/said";
import { mountSimulated } from "./whatif/simulated";
import { mountStart } from "./whatif/start";
import { Store } from "./whatif/store";
import { mountTable } from "./whatif/table";
import { mountTry } from "./whatif/try";
import { mountTabs } from "./whatif/tabs";
import type { Answer } from "./whatif/types";
import { isStep, readView, writeView } from "./whatif/view_state";

/** What the server says about this page; the data itself comes from the REST interface. */
interface PageData {
  readonly snapshot: string;
  /** A kept draft. */
  readonly draft: string | null;
  /** A draft that somebody else wrote, to begin with and to change. */
  readonly prepared: PreparedDraft | null;
  /** Where the snapshot is a picture of a cluster that is watched. */
  readonly live?: LivePage | null;
}

interface PreparedDraft extends Pick<DraftDocument, "files" | "delete"> {
  readonly name: string;
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
  const store = new Store(page.snapshot);
  const asker = new Asker(readableBudget());
  const evaluation = new Evaluation<Question, Answer>({
    ask: (question, signal) => asker.ask(question, signal),
    listen: (outcome) => {
      if (outcome.state === "failed" && isAbort(outcome.error)) return;
      store.set({ result: receive(store.state.result, outcome) });
    },
    rest: REST,
  });
  const retry = (): void => evaluation.now(questionOf(store.state));
  store.set({ view: readView(location.search) });
  mountParts(store, retry);
  const base = page.live ? new LiveBase(store, page.live) : null;
  if (page.live) mountTry(store, page.live.cluster.id);
  await begin(store, page);
  retry();
  store.listen((state, before) => {
    if (before === null) return;
    const moved = state.snapshot !== before.snapshot;
    if (page.draft === null && (moved || state.draft !== before.draft)) {
      rememberDraft(memoryOf(page, state.snapshot), state.draft);
    }
    if (moved) void readSnapshot(store, base);
    const question = questionOf(state);
    const kind = difference(question, questionOf(before));
    if (kind === "typed") evaluation.later(question);
    if (kind === "other") evaluation.now(question);
  });
  keepTrying(store, retry);
  base?.start();
  await readSnapshot(store, base);
}

function mountParts(store: Store, retry: () => void): void {
  const editor = new EditorHolder(store);
  mountTabs(store, editor);
  mountStart(store);
  mountExisting(store);
  mountKeep(store);
  mountSaid(store, editor.reveal);
  mountSimulated(store, { retry, reveal: editor.reveal });
  mountTable(store, editor.reveal);
  mountMap(store);
  mountLegend(store);
  mountFolds();
  followAddress(store);
}

async function readSnapshot(store: Store, base: LiveBase | null): Promise<void> {
  const { snapshot } = store.state;
  const data = new SnapshotData(`/api/v1/snapshots/${encodeURIComponent(snapshot)}`);
  const [policies, info, problems] = await Promise.all([
    data.policies(),
    data.info(),
    data.problems(),
  ]);
  if (snapshot !== store.state.snapshot) return;
  store.set({ policies });
  showHonesty({ ...info, problems, taken_at: base?.takenAt(snapshot) ?? null });
  void countFindings(data.root);
}

async function begin(store: Store, page: PageData): Promise<void> {
  if (page.draft === null) {
    const fresh = page.prepared ? draftOf(page.prepared) : EMPTY_DRAFT;
    store.set({ draft: recallDraft(memoryOf(page, page.snapshot)) ?? fresh });
    return;
  }
  const kept = await getJson<DraftDocument>(`/api/v1/drafts/${encodeURIComponent(page.draft)}`);
  const draft = draftOf(kept);
  store.set({ draft, kept: { id: kept.id, title: kept.title, draft, snapshot: page.snapshot } });
}

const draftOf = (given: Pick<DraftDocument, "files" | "delete">): Draft =>
  openFile({ ...EMPTY_DRAFT, files: given.files, deletions: given.delete }, 0);

/** What was changed in a prepared draft is kept apart from what was drafted from nothing. */
const memoryOf = ({ prepared }: PageData, snapshot: string): string =>
  prepared ? `${snapshot}/${prepared.name}` : snapshot;

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
