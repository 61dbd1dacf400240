import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ago,
  amount,
  askable,
  connectionsShort,
  connectionsText,
  parsePeer,
  peerName,
  plural,
} from "./text";

test("connections read as protocol and ports", () => {
  assert.equal(connectionsText("all"), "All connections");
  assert.equal(connectionsText({}), "No connections");
  const ranges = {
    TCP: [
      [80, 80],
      [8080, 8090],
    ] as [number, number][],
  };
  assert.equal(connectionsText(ranges), "TCP 80,8080-8090");
  assert.equal(
    connectionsText({ ...ranges, UDP: [[1, 65535]] }),
    "TCP 80,8080-8090, UDP all ports",
  );
});

test("a short form names two ports and counts the rest", () => {
  const tcp: [number, number][] = [80, 443, 8080, 9090].map((port) => [port, port]);
  assert.equal(connectionsShort({ TCP: tcp }), "TCP 80,443 +2");
  assert.equal(connectionsShort({ TCP: [[53, 53]], UDP: [[53, 53]] }), "TCP 53 UDP 53");
  assert.equal(connectionsShort("all"), "all");
});

test("a peer is taken apart, an address is not", () => {
  assert.deepEqual(parsePeer("shop/web[Deployment]"), {
    namespace: "shop",
    name: "web",
    kind: "Deployment",
  });
  assert.equal(parsePeer("10.0.0.0/8").namespace, null);
  assert.equal(parsePeer("2001:db8::/32").namespace, null);
  assert.equal(peerName("shop/web[Deployment]"), "shop/web");
  assert.equal(peerName("x/db[StatefulSet]{role=main}"), "x/db (role=main)");
  assert.equal(parsePeer("x/db[StatefulSet]{role=main}").kind, "StatefulSet");
});

test("large numbers are told in groups of three digits", () => {
  assert.deepEqual([0, 999, 1000, 1_234_567].map(amount), ["0", "999", "1,000", "1,234,567"]);
  assert.equal(plural(1252, "line"), "1,252 lines");
  assert.equal(plural(1, "line"), "1 line");
});

test("times are told in the largest whole unit", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  assert.equal(ago("2026-01-01T23:59:57Z", now), "just now");
  assert.equal(ago("2026-01-01T23:59:00Z", now), "1 minute ago");
  assert.equal(ago("2026-01-01T00:00:00Z", now), "1 day ago");
});

test("the rest of the world is called the Internet and is asked about by one address", () => {
  const rest = "0.0.0.0-9.255.255.255,11.0.0.0-255.255.255.255";
  assert.equal(peerName(rest), "Internet (IPv4)");
  assert.equal(peerName("::/0"), "Internet (IPv6)");
  assert.equal(peerName("0.0.0.0/0,::/0"), "Internet");
  assert.equal(askable(rest), "0.0.0.0");
  assert.equal(askable("10.0.0.0/8"), "10.0.0.0/8");
  assert.equal(askable("a-b/c-d[Pod]"), "a-b/c-d[Pod]");
});
