import assert from "node:assert/strict";
import { test } from "node:test";
import type { EntryPath, Verdict } from "../graph/types";
import { dialled, waysSentence } from "./ways";

const way = (verdict: Verdict, more: Partial<EntryPath> = {}): EntryPath => ({
  kind: "Ingress",
  object: "Ingress/shop/site",
  source: "shop.yaml",
  line: 1,
  host: null,
  path: null,
  opened: null,
  service: "shop/web:80",
  backend: "shop/web[Deployment]",
  port: "8080/TCP",
  caller: "{ingress-controller}",
  verdict,
  reason: null,
  internet: true,
  ...more,
});

test("the sentence counts ways by what policies say of them", () => {
  assert.equal(waysSentence([]), "No entry point leads here from outside.");
  assert.equal(waysSentence([way("allow")]), "1 way in, and it is open.");
  assert.equal(waysSentence([way("allow"), way("allow")]), "2 ways in, all open.");
  assert.equal(waysSentence([way("deny")]), "1 way in, and policies close it.");
  assert.equal(waysSentence([way("deny"), way("deny")]), "2 ways in, and policies close all.");
  assert.equal(
    waysSentence([way("allow"), way("conditional"), way("deny")]),
    "3 ways in: 1 open, 1 not certain, 1 closed.",
  );
});

test("what callers dial is an address, a port, or anything", () => {
  assert.equal(dialled(way("allow", { host: "shop.example", path: "/a" })), "shop.example/a");
  assert.equal(dialled(way("allow", { opened: "TCP node port 30080" })), "TCP node port 30080");
  assert.equal(dialled(way("allow")), "any host and path");
});
