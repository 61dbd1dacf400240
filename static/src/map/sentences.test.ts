import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow, PolicyItem } from "../graph/types";
import {
  betweenSentence,
  isolationSentence,
  lineSentence,
  namespaceSentence,
  notKnownSentence,
  outsideSentence,
  policySentence,
  workloadSentence,
} from "./sentences";
import { openSentence, sortFlows } from "./twin";

const flow = (source: string, destination: string): Flow => ({
  source,
  destination,
  connections: "all",
  verdict: "allow",
  reason: null,
});

const web = { label: "web", open_to_all: null, opens_to_all: null };

test("a workload is summed up in one sentence", () => {
  const outgoing = [flow("a/web[Pod]", "a/db[Pod]"), flow("a/web[Pod]", "10.0.0.0/8")];
  assert.equal(
    workloadSentence(web, [], outgoing),
    "web may open connections to 1 workload and the outside; nothing may reach it.",
  );
  assert.equal(
    workloadSentence({ ...web, open_to_all: "all", opens_to_all: "all" }, [], []),
    "web may open connections to everything; everything may reach it.",
  );
});

const maybe = (source: string, destination: string): Flow => ({
  ...flow(source, destination),
  verdict: "unknown",
});

test("what is not certain is told apart from what is", () => {
  const incoming = [flow("a/db[Pod]", "a/web[Pod]"), maybe("a/x[Pod]", "a/web[Pod]")];
  const outgoing = [maybe("a/web[Pod]", "a/x[Pod]"), maybe("a/web[Pod]", "10.0.0.0/8")];
  assert.equal(
    workloadSentence(web, incoming, outgoing),
    "web may open connections to nothing for certain, but perhaps to 1 workload and the outside; " +
      "1 workload may reach it, and perhaps 1 workload.",
  );
  assert.match(
    workloadSentence(web, [maybe("a/x[Pod]", "a/web[Pod]")], []),
    /; perhaps 1 workload may reach it, nothing for certain\.$/,
  );
  const range = { label: "10.0.0.0/8", side: "left" } as const;
  assert.equal(
    outsideSentence(range, [{ verdict: "allow" }, { verdict: "conditional" }]),
    "10.0.0.0/8 may open connections to 1 node, and perhaps to 1 node of this map.",
  );
});

test("a line that is not certain says perhaps, between workloads and between namespaces", () => {
  const ports: [number, number][] = [[80, 80]];
  const line = { connections: { TCP: ports }, verdict: "conditional" } as const;
  assert.equal(lineSentence("a/x[Pod]", "a/y[Pod]", line), "a/x may perhaps open TCP 80 to a/y.");
  const [sure, unsure] = [flow("a/x[Pod]", "b/y[Pod]"), maybe("a/x[Pod]", "b/z[Pod]")];
  assert.equal(
    betweenSentence("a", "b", [unsure]),
    "Perhaps 1 pair of workloads may connect from a to b.",
  );
  assert.equal(
    betweenSentence("a", "b", [sure, unsure]),
    "1 pair of workloads may connect from a to b, and perhaps 1 more pair.",
  );
});

test("the table counts what depends on something apart", () => {
  const rows = [flow("a/x[Pod]", "b/y[Pod]"), maybe("a/x[Pod]", "b/z[Pod]")];
  assert.equal(
    openSentence(rows),
    "1 flow that the policies leave open, and 1 that depends on something not known.",
  );
  assert.equal(openSentence(rows.slice(0, 1)), "1 flow that the policies leave open.");
});

test("isolation is said for each direction", () => {
  const item = {
    isolation: { ingress: true, egress: false },
    policies: { ingress: [], egress: [] },
  };
  assert.match(isolationSentence(item), /^Its incoming connections are isolated/);
});

test("a namespace without policies is open, in words", () => {
  const node = {
    id: "ns:a",
    kind: "namespace",
    label: "a",
    parent: null,
    open: true,
    workloads: 2,
    pods: 3,
    isolation: { ingress: "none", egress: "none" },
  } as const;
  assert.match(namespaceSentence(node), /No policy restricts any of them/);
});

test("rows sort by a column, both ways, numbers as numbers", () => {
  const rows = [flow("a/w10[Pod]", "a/x[Pod]"), flow("a/w9[Pod]", "a/y[Pod]")];
  assert.deepEqual(
    sortFlows(rows, "source").map((row) => row.source),
    ["a/w9[Pod]", "a/w10[Pod]"],
  );
  assert.equal(sortFlows(rows, "-destination")[0]!.destination, "a/y[Pod]");
});

test("what a policy leaves unknown is said by direction and by name", () => {
  const policies = { ingress: [], egress: [] };
  const closed = { ingress: true, egress: false };
  const keys = ["CiliumNetworkPolicy/x/a", "CiliumNetworkPolicy/x/b"];
  const hidden = { ingress: keys.slice(0, 1), egress: [] };
  assert.equal(notKnownSentence({ not_known: policies }), "");
  assert.equal(
    notKnownSentence({ not_known: { ingress: keys, egress: keys } }),
    "Its incoming and outgoing connections are not known: CiliumNetworkPolicy x/a, " +
      "CiliumNetworkPolicy x/b may open or close them, and they are not evaluated.",
  );
  const open = { ingress: false, egress: false };
  const said = notKnownSentence({ not_known: hidden });
  assert.equal(isolationSentence({ isolation: open, policies, not_known: hidden }), said);
  assert.equal(
    isolationSentence({ isolation: closed, policies, not_known: hidden }),
    `Its incoming connections are isolated, its outgoing ones are open. ${said}`,
  );
});

test("a policy that is not evaluated says what it leaves unknown", () => {
  const types = ["Ingress"];
  const policy = { name: "p", selects: ["x/a[Pod]"], types, evaluated: false } as PolicyItem;
  assert.equal(
    policySentence(policy),
    "p may select 1 workload. It is not evaluated, so their ingress is not known.",
  );
  assert.equal(
    policySentence({ ...policy, types: [] }),
    "p is not evaluated, and decides nothing about pods here.",
  );
});
