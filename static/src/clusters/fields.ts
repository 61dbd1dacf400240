/** Forms about clusters: what is asked for, and each refusal at its field. */

import { ApiError } from "../shared/api";

/** Shows a refusal at the field it names; false where there is no such field. */
export function showFieldError(form: HTMLFormElement, error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const problem = error.problems.find(({ path }) => path);
  const name = problem?.path?.split(/[.[]/)[0] ?? "";
  const place = form.querySelector<HTMLElement>(`[id$="${CSS.escape(name)}-error"]`);
  if (!problem || name === "" || place === null) return false;
  place.textContent = problem.message;
  place.hidden = false;
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLElement) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
  return true;
}

export function clearErrors(form: HTMLFormElement): void {
  for (const place of form.querySelectorAll<HTMLElement>(".field-error")) place.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]"))
    field.removeAttribute("aria-invalid");
}

export const errorText = (error: unknown): string =>
  error instanceof ApiError ? `${error.title}. ${error.detail}` : String(error);

export const listOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** The fields that belong to a way to a cluster. */
export function wishesOf(form: HTMLFormElement): Record<string, unknown> {
  const data = new FormData(form);
  const text = (name: string): string => String(data.get(name) ?? "").trim();
  const source = text("source");
  const ways: Record<string, readonly string[]> = {
    kubeconfig: ["kubeconfig", "context"],
    token: ["server", "token", "ca"],
  };
  const own = Object.fromEntries((ways[source] ?? []).map((name) => [name, text(name)]));
  const verify_tls = data.get("verify_tls") !== null;
  return { source, ...own, verify_tls, namespaces: listOf(text("namespaces")) };
}
