/** The button that asks the cluster's API server what it would say to the draft. */
import { failureText, postJson } from "../shared/api";
import { part } from "../shared/dom";
import { isBlank, toRequest } from "./draft";
import type { Store } from "./store";
import { trialOf, trialSentence, type Trial, type TrialResult } from "./trial";

export function mountTry(store: Store, cluster: string): void {
  const button = part<HTMLButtonElement>("try");
  button.addEventListener("click", () => void tryOut(store, cluster));
  store.listen(({ draft, trial }, before) => {
    if (before !== null && before.draft === draft && before.trial === trial) return;
    const said = trialOf(trial, draft);
    button.disabled = isBlank(draft) || draft.files.length === 0 || said?.phase === "asking";
    part("tried").textContent = said === null ? "" : trialSentence(said);
  });
}

async function tryOut(store: Store, cluster: string): Promise<void> {
  const { draft } = store.state;
  const trial: Trial = { draft, phase: "asking", results: [], failure: "" };
  store.set({ trial });
  let answer: Trial;
  try {
    const path = `/api/v1/clusters/${cluster}/dry-run`;
    const { results } = await postJson<{ results: TrialResult[] }>(path, toRequest(draft));
    answer = { ...trial, phase: "answered", results };
  } catch (error) {
    answer = { ...trial, phase: "failed", failure: failureText(error) };
  }
  if (store.state.trial === trial) store.set({ trial: answer });
}
