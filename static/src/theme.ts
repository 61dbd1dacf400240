/**
 * Sets the colours before the first paint: as the system, or as pinned by the reader.
 *
 * A blocking script on purpose: any later and the page would flash in the wrong colours.
 */
type Choice = "system" | "light" | "dark";

const KEY = "netviz-theme";
const NEXT: Record<Choice, Choice> = { system: "light", light: "dark", dark: "system" };
const LABEL: Record<Choice, string> = {
  system: "Colours: as the system",
  light: "Colours: light",
  dark: "Colours: dark",
};
const system = window.matchMedia("(prefers-color-scheme: dark)");

function stored(): Choice {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

function store(choice: Choice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Storage is closed to us: the choice then lasts as long as the page.
  }
}

let choice = stored();

function apply(): void {
  const dark = choice === "dark" || (choice === "system" && system.matches);
  const theme = dark ? "dark" : "light";
  const { dataset } = document.documentElement;
  const changed = dataset["theme"] !== theme;
  dataset["theme"] = theme;
  const button = document.querySelector<HTMLElement>("[data-theme-toggle]");
  const label = document.querySelector("[data-theme-label]");
  if (button) {
    button.dataset["choice"] = choice;
    button.title = LABEL[choice];
  }
  if (label) label.textContent = LABEL[choice];
  // Who listens draws everything anew.
  if (changed) document.dispatchEvent(new CustomEvent("themechange"));
}

apply();
system.addEventListener("change", apply);
document.addEventListener("DOMContentLoaded", () => {
  apply();
  document.querySelector("[data-theme-toggle]")?.addEventListener("click", () => {
    choice = NEXT[choice];
    store(choice);
    apply();
  });
});
