// Builds static/dist from static/src and static/css. Run by `npm run build`; --watch rebuilds.
import { existsSync, rmSync } from "node:fs";
import * as esbuild from "esbuild";

// One entry point per page; code they share lands in chunks with hashed names.
const PAGES = [
  ...["clusters", "compare", "detail", "findings", "history", "home", "map", "matrix"],
  ...["theme", "waiting", "whatif"],
].map((page) => `static/src/${page}.ts`);
const STYLES = "static/css/app.css";
const OUT = "static/dist";

const watch = process.argv.includes("--watch");
const entryPoints = [...PAGES, STYLES].filter((path) => existsSync(path));
if (entryPoints.length === 0) {
  console.error("Nothing to build: no entry point found in static/src and static/css.");
  process.exit(1);
}

const options = {
  entryPoints: entryPoints.map((path) => ({
    in: path,
    out: path.replace(/^.*\//, "").replace(/\.\w+$/, ""),
  })),
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: !watch,
  sourcemap: watch ? "linked" : false,
  legalComments: "linked",
  chunkNames: "chunks/[name]-[hash]",
  // Fonts stay files of their own so that a browser fetches only the subsets a page uses.
  assetNames: "fonts/[name]",
  loader: { ".woff2": "file", ".svg": "file" },
  logLevel: "warning",
};

rmSync(OUT, { recursive: true, force: true });
if (watch) {
  const context = await esbuild.context({ ...options, logLevel: "info" });
  await context.watch();
} else {
  await esbuild.build(options);
}
