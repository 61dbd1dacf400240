/** The form to connect a cluster: choose a way, test it, keep it. */

import { getJson, postJson, withQuery } from "../shared/api";
import { el, fill, part } from "../shared/dom";
import { plural } from "../shared/text";
import { checkResult } from "./checked";
import { clearErrors, errorText, showFieldError, wishesOf } from "./fields";
import type { Check, Cluster, Kubeconfig } from "./types";

export function mountConnect(): void {
  const form = part<HTMLFormElement>("form");
  const fold = part<HTMLDetailsElement>("connect");
  const openAsked = (): void => {
    if (location.hash === "#connect") fold.open = true;
  };
  addEventListener("hashchange", openAsked);
  openAsked();
  form.addEventListener("change", () => showWay(form));
  part("load").addEventListener("click", () => void loadContexts(form));
  part("test").addEventListener("click", () => void tryOut(form));
  part<HTMLSelectElement>("form").addEventListener("submit", (event) => {
    event.preventDefault();
    void connect(form);
  });
  showWay(form);
}

function showWay(form: HTMLFormElement): void {
  const source = String(new FormData(form).get("source"));
  for (const box of form.querySelectorAll<HTMLElement>("[data-way]")) {
    box.hidden = box.dataset["way"] !== source;
  }
  const verify = form.elements.namedItem("verify_tls") as HTMLInputElement;
  part("verify-off").hidden = verify.checked;
}

async function loadContexts(form: HTMLFormElement): Promise<void> {
  clearErrors(form);
  const path = (form.elements.namedItem("kubeconfig") as HTMLInputElement).value.trim();
  const choice = form.elements.namedItem("context") as HTMLSelectElement;
  const said = part("contexts-said");
  said.textContent = "Reading the file";
  try {
    const found = await getJson<Kubeconfig>(withQuery("/api/v1/kubeconfig", { path }));
    fill(
      choice,
      found.current ? el("option", { value: "" }, `The current one: ${found.current}`) : null,
      found.contexts.map(({ name }) => el("option", { value: name }, name)),
    );
    said.textContent = `${plural(found.contexts.length, "context")} in ${found.path}.`;
    const name = form.elements.namedItem("name") as HTMLInputElement;
    if (name.value === "") name.value = found.current;
    choice.focus();
  } catch (error) {
    said.textContent = "";
    if (!showFieldErrorAs(form, "kubeconfig", error)) refuse(error);
  }
}

/** The address of this question calls the field by another name. */
function showFieldErrorAs(form: HTMLFormElement, name: string, error: unknown): boolean {
  if (showFieldError(form, error)) return true;
  const place = document.getElementById(`${name}-error`);
  if (place === null) return false;
  place.textContent = errorText(error);
  place.hidden = false;
  (form.elements.namedItem(name) as HTMLElement).focus();
  return true;
}

async function tryOut(form: HTMLFormElement): Promise<void> {
  const box = part("check");
  box.hidden = true;
  const check = await working(form, "Asking the server", () =>
    postJson<Check>("/api/v1/clusters/check", wishesOf(form)),
  );
  if (check === null) return;
  fill(box, checkResult(check));
  box.hidden = false;
  box.focus();
}

async function connect(form: HTMLFormElement): Promise<void> {
  const name = (form.elements.namedItem("name") as HTMLInputElement).value.trim();
  const kept = await working(form, "Connecting", () =>
    postJson<Cluster>("/api/v1/clusters", { ...wishesOf(form), name }),
  );
  if (kept === null) return;
  (form.elements.namedItem("token") as HTMLInputElement).value = "";
  location.assign(`/clusters/${kept.id}`);
}

/** Does what may take a while, said beside the buttons; null when it was refused, which is shown. */
async function working<T>(
  form: HTMLFormElement,
  text: string,
  work: () => Promise<T>,
): Promise<T | null> {
  clearErrors(form);
  part("refused").hidden = true;
  const buttons = [part<HTMLButtonElement>("test"), part<HTMLButtonElement>("submit")];
  for (const button of buttons) button.disabled = true;
  part("busy").textContent = text;
  try {
    return await work();
  } catch (error) {
    if (!showFieldError(form, error)) refuse(error);
    return null;
  } finally {
    for (const button of buttons) button.disabled = false;
    part("busy").textContent = "";
  }
}

function refuse(error: unknown): void {
  const box = part("refused");
  box.textContent = errorText(error);
  box.hidden = false;
}
