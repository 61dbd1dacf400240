import assert from "node:assert/strict";
import { test } from "node:test";
import { fixLink, mapLink } from "./links";
import type { Finding } from "./types";

const finding = (change: Partial<Finding>): Finding => ({
  key: "L-02-0a1b2c3d",
  id: "L-02",
  severity: "warning",
  family: "Namespaces",
  title: "",
  why: "",
  here: "",
  objects: [],
  show: [],
  port: null,
  fix: null,
  suppressed: null,
  ...change,
});
const POLICY = { object: "NetworkPolicy/shop/p", source: "a.yaml", line: 1, path: "" };
const query = (link: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(link.split("?")[1]));

test("a pair is asked about, with its port", () => {
  const link = mapLink("/map/", finding({ show: ["x/a[Pod]", "x/b[Pod]"], port: "80/TCP" }));
  assert.deepEqual(query(link), { from: "x/a[Pod]", to: "x/b[Pod]", on: "80/TCP", sel: "answer" });
});

test("a workload is shown with its neighbours and the policy at fault", () => {
  const link = mapLink("/map/", finding({ show: ["x/a[Pod]"], objects: [POLICY] }));
  assert.deepEqual(query(link), { focus: "x/a[Pod]", sel: "policy:NetworkPolicy/shop/p" });
});

test("a namespace is shown alone", () => {
  assert.deepEqual(query(mapLink("/map/", finding({ show: ["ns:shop"] }))), { ns: "shop" });
});

test("what is about the whole cluster has no place on the map", () => {
  assert.equal(mapLink("/map/", finding({})), "");
});

test("a fix is opened by the key of its finding", () => {
  assert.equal(fixLink("/whatif", finding({})), "/whatif?fix=L-02-0a1b2c3d");
});
