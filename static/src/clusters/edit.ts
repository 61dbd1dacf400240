/** The dialog that changes a cluster; a token is asked for and never shown. */

import { patchJson } from "../shared/api";
import { type Child, el } from "../shared/dom";
import { clearErrors, errorText, listOf, showFieldError } from "./fields";
import { type Cluster, clusterApi } from "./types";

export function openEdit(cluster: Cluster, done: () => Promise<void>): void {
  const failed = el("p", { class: "notice error", role: "alert", hidden: true });
  const unverified = el(
    "p",
    { class: "notice warning", hidden: cluster.verify_tls },
    "Whoever answers at the server's address will be believed, and gets the credentials.",
  );
  const form = el(
    "form",
    { class: "edit-form", novalidate: true, autocomplete: "off" },
    el("h2", { id: "edit-title" }, `Edit ${cluster.name}`),
    field("name", "Name here", cluster.name),
    wayFields(cluster),
    field("namespaces", "Only these namespaces · all, if empty", cluster.namespaces.join(", ")),
    el(
      "label",
      { class: "check" },
      el("input", {
        type: "checkbox",
        name: "verify_tls",
        checked: cluster.verify_tls,
        onchange: ({ target }: Event) => {
          unverified.hidden = (target as HTMLInputElement).checked;
        },
      }),
      " Verify the server's certificate",
    ),
    unverified,
    failed,
    el(
      "div",
      { class: "confirm-end" },
      el("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel"),
      el("button", { type: "submit", class: "button primary" }, "Save"),
    ),
  );
  const dialog = el("dialog", { class: "confirm edit", "aria-labelledby": "edit-title" }, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearErrors(form);
    failed.hidden = true;
    patchJson(clusterApi(cluster.id), changed(cluster, new FormData(form))).then(
      () => {
        dialog.close();
        void done();
      },
      (error: unknown) => {
        if (showFieldError(form, error)) return;
        failed.textContent = errorText(error);
        failed.hidden = false;
      },
    );
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function wayFields(cluster: Cluster): Child[] {
  if (cluster.source === "in-cluster") return [];
  if (cluster.source === "kubeconfig") {
    return [
      field("kubeconfig", "Path of the kubeconfig", cluster.kubeconfig),
      field("context", "Context", cluster.context),
    ];
  }
  return [
    field("server", "Address of the API server", cluster.server),
    field("token", "New token · the kept one stays, if empty", "", "password"),
    certificateField(cluster.has_ca),
  ];
}

/** The kept certificate is not sent to the page; it can be replaced. */
function certificateField(kept: boolean): HTMLElement {
  const means = kept ? "the kept one stays, if empty" : "those of this machine count, if empty";
  return el(
    "div",
    { class: "form-row" },
    el("label", { for: "edit-ca" }, `New certificate of its authority (PEM) · ${means}`),
    el("textarea", {
      class: "field",
      id: "edit-ca",
      name: "ca",
      rows: 3,
      spellcheck: "false",
      placeholder: "-----BEGIN CERTIFICATE-----",
      "aria-describedby": "edit-ca-error",
    }),
    el("p", { class: "field-error", id: "edit-ca-error", hidden: true }),
  );
}

function field(name: string, label: string, value: string, type = "text"): HTMLElement {
  const id = `edit-${name}`;
  return el(
    "div",
    { class: "form-row" },
    el("label", { for: id }, label),
    el("input", {
      class: "field",
      id,
      name,
      value,
      type,
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": `${id}-error`,
    }),
    el("p", { class: "field-error", id: `${id}-error`, hidden: true }),
  );
}

/** Only what is not as it was: what is not named stays. */
function changed(cluster: Cluster, data: FormData): Record<string, unknown> {
  const wishes: Record<string, unknown> = {};
  for (const name of ["name", "kubeconfig", "context", "server", "token", "ca"] as const) {
    const value = data.get(name);
    if (typeof value !== "string") continue;
    const before = name === "token" || name === "ca" ? "" : cluster[name];
    if (value.trim() !== before) wishes[name] = value.trim();
  }
  const namespaces = listOf(String(data.get("namespaces") ?? ""));
  if (namespaces.join() !== cluster.namespaces.join()) wishes["namespaces"] = namespaces;
  const verify = data.get("verify_tls") !== null;
  if (verify !== cluster.verify_tls) wishes["verify_tls"] = verify;
  return wishes;
}
