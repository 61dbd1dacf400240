/** How long a history is kept, with what that means. */

import { patchJson } from "../shared/api";
import { part } from "../shared/dom";
import { amount, plural } from "../shared/text";
import { clearErrors, errorText, showFieldError } from "./fields";

export function mountRetention(api: string): void {
  const form = part<HTMLFormElement>("retention");
  const value = (name: string): number =>
    (form.elements.namedItem(name) as HTMLInputElement).valueAsNumber;
  const explain = (): void => {
    part("retention-means").textContent = meaning(value("keep_days"), value("keep_pictures"));
  };
  form.addEventListener("input", explain);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearErrors(form);
    const said = part("retention-said");
    said.textContent = "Saving";
    const wishes = { keep_days: value("keep_days"), keep_pictures: value("keep_pictures") };
    patchJson(api, wishes).then(
      () => (said.textContent = "Saved. It counts from the next picture on."),
      (error: unknown) => {
        said.textContent = showFieldError(form, error) ? "" : errorText(error);
      },
    );
  });
  explain();
}

export function meaning(days: number, pictures: number): string {
  if (!Number.isInteger(days) || !Number.isInteger(pictures)) return "Give two whole numbers.";
  return (
    `Pictures older than ${plural(days, "day")} go, and of the others all but the newest ` +
    `${amount(pictures)}. The newest picture always stays, and so does what a draft was made on.`
  );
}
