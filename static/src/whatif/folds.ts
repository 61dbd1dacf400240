/** Folding the draft and the table away gives the map the room; the browser remembers the choice. */

import { part } from "../shared/dom";

export function mountFolds(): void {
  fold("fold", "draft-folded");
  fold("fold-changes", "changes-folded");
  closeMenusOutside();
}

function fold(button: string, state: string): void {
  const element = part<HTMLButtonElement>(button);
  const apply = (folded: boolean): void => {
    part("whatif").classList.toggle(state, folded);
    element.setAttribute("aria-expanded", String(!folded));
  };
  apply(localStorage.getItem(`netviz-${state}`) === "1");
  element.addEventListener("click", () => {
    const folded = element.getAttribute("aria-expanded") === "true";
    localStorage.setItem(`netviz-${state}`, folded ? "1" : "0");
    apply(folded);
  });
}

function closeMenusOutside(): void {
  const menus = (): NodeListOf<HTMLDetailsElement> =>
    document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) {
      if (!menu.contains(event.target as Node)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}
