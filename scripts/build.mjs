// Builds static/dist from static/src and static/css. Run by `npm run build`; --watch rebuilds.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import * as esbuild from "esbuild";

// One entry point per page; code they share lands in chunks with hashed names.
const PAGES = [
  ...["ahead", "clusters", "compare", "detail", "findings", "history", "home", "map", "matrix"],
  ...["theme", "waiting", "whatif"],
].map((page) => `static/src/${page}.ts`);
const STYLES = "static/css/app.css";
const OUT = "static/dist";

/** Says which chunks each page's script imports, for the pages to fetch them all at once. */
const imports = {
  name: "imports",
  setup: ({ onEnd }) => onEnd(({ metafile }) => metafile && writeImports(metafile.outputs)),
};

function writeImports(outputs) {
  const below = (path) => path.slice(OUT.length + 1);
  const under = (path) =>
    outputs[path].imports
      .filter(({ kind }) => kind === "import-statement")
      .flatMap((each) => [each.path, ...under(each.path)]);
  const entries = Object.keys(outputs)
    .filter((path) => outputs[path].entryPoint)
    .map((path) => [below(path), [...new Set(under(path))].map(below)]);
  writeFileSync(`${OUT}/imports.json`, JSON.stringify(Object.fromEntries(entries)));
}

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
  metafile: true,
  plugins: [imports],
};

rmSync(OUT, { recursive: true, force: true });
if (watch) {
  const context = await esbuild.context({ ...options, logLevel: "info" });
  await context.watch();
} else {
  await esbuild.build(options);
}
