// Runs the TypeScript unit tests (static/src/**/*.test.ts) with Node's own runner. They are
// bundled first, because Node 20 cannot read TypeScript.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";

const SOURCE = "static/src";
const tests = readdirSync(SOURCE, { recursive: true })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(SOURCE, name))
  .sort();
if (tests.length === 0) {
  console.error(`No TypeScript test found in ${SOURCE}.`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "netviz-tests-"));
try {
  await esbuild.build({
    entryPoints: tests,
    outdir: folder,
    outbase: SOURCE,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    logLevel: "warning",
    loader: { ".css": "empty", ".woff2": "empty" },
  });
  const bundles = tests.map((path) =>
    join(folder, path.slice(SOURCE.length + 1).replace(/\.ts$/, ".mjs")),
  );
  const run = spawnSync(
    process.execPath,
    ["--enable-source-maps", "--test", "--test-reporter=spec", ...bundles],
    {
      stdio: "inherit",
    },
  );
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
