import assert from "node:assert/strict";
import { test } from "node:test";
import { choicesOf, wishesOf, type FlagRow } from "./profile";

const row = (flag: string, plugin: boolean | null, kept: boolean | null): FlagRow => ({
  flag,
  title: flag,
  meaning: "",
  law: [],
  plugin,
  kept,
  value: kept ?? plugin,
  by: kept === null ? "plugin" : "snapshot",
});

test("the first choice says what holds without anybody's word", () => {
  const first = (plugin: boolean | null, plugins: string): string =>
    choicesOf(row("sctp", plugin, null), plugins)[0]![1];
  assert.equal(first(false, "Cilium"), "As Cilium does: no");
  assert.equal(first(true, ""), "As usual: yes");
  assert.equal(first(null, "Kindnet"), "Not known");
});

test("only what is not kept so already is asked for", () => {
  const rows = [row("sctp", false, null), row("endport", true, false), row("np", null, true)];
  assert.deepEqual(
    wishesOf(
      rows,
      new Map([
        ["endport", "false"],
        ["np", "true"],
      ]),
    ),
    {},
  );
  const chosen = new Map([
    ["sctp", "true"],
    ["endport", ""],
    ["np", "false"],
  ]);
  assert.deepEqual(wishesOf(rows, chosen), { sctp: true, endport: null, np: false });
});

test("to say the same as the plugin is a choice of its own", () => {
  assert.deepEqual(wishesOf([row("sctp", false, null)], new Map([["sctp", "false"]])), {
    sctp: false,
  });
});
