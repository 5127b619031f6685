// Fails the build when the browser would load more JavaScript than this before the first screen is there.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const DIST = new URL("../../src/vedette/console/dist/", import.meta.url);
const LIMIT = 450_000;

const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", DIST), "utf8"));
const seen = new Set();
const visit = (name) => {
  if (seen.has(name)) return;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) visit(next);
};
/** @param {string[]} names */
const weight = (names) => {
  seen.clear();
  names.forEach(visit);
  return [...seen]
    .map((name) => manifest[name].file)
    .filter((file) => file.endsWith(".js"))
    .reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, DIST))).length, 0);
};

// What draws the screen, and is loaded beside the entry.
const MAIN = "src/main.tsx";
const entry = "index.html";
const routes = Object.keys(manifest).filter((name) => /^src\/screens\/[^/]+\.tsx$/.test(name));
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
const loads = ["src/screens/Login.tsx", "src/screens/Overview.tsx", "src/screens/Findings.tsx"];
const first = Math.max(...loads.filter((name) => routes.includes(name)).map((name) => weight([entry, MAIN, name])));
console.log(`JavaScript, gzipped: entry ${kilobytes(weight([entry, MAIN]))}; the heaviest first load ${kilobytes(first)}`);
for (const name of routes) console.log(`  ${kilobytes(weight([entry, MAIN, name]) - weight([entry, MAIN])).padStart(7)}  ${name}`);
if (first > LIMIT) {
  console.error(`The first load is ${kilobytes(first)}: more than ${kilobytes(LIMIT)}.`);
  process.exit(1);
}
