import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exposed } from "../graph/types";
import { comerText, potentialText } from "./potential";

test("a peer to come is named in words", () => {
  assert.equal(comerText("entire-cluster"), "any new pod, anywhere");
  assert.equal(comerText("shop/[all pods]"), "all pods in namespace shop");
  assert.equal(comerText("shop/[pod with {app=db}]"), "pods with app=db in namespace shop");
  assert.equal(
    comerText("[all namespaces]/[pod with {app=db}]"),
    "pods with app=db in every namespace",
  );
  assert.equal(
    comerText("[namespace with {team=new}]/[all pods]"),
    "all pods in namespaces with team=new",
  );
  assert.equal(
    comerText("[namespace with {{Key:a,Operator:In,Values:[b c],}}]/[pod with {app=db}]"),
    "pods with app=db in namespaces with {Key:a,Operator:In,Values:[b c],}",
  );
});

test("ports by name stand beside numbers", () => {
  const row: Exposed = {
    direction: "egress",
    workload: "shop/web[Pod]",
    peer: "shop/[pod with {app=db}]",
    connections: { TCP: [[443, 443]] },
    named_ports: ["sql/TCP"],
    verdict: "allow",
    reason: null,
  };
  assert.equal(potentialText(row), "TCP 443, port sql");
  assert.equal(potentialText({ ...row, connections: {} }), "port sql");
  assert.equal(potentialText({ ...row, named_ports: [] }), "TCP 443");
});
