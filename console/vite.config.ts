import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Where `vedette serve` listens while the console is worked at: `npx vite`, with the server beside it. */
const SERVER = "http://127.0.0.1:8470";

const MAIN = "src/main.tsx";

/** Cloudscape's style sheet carries its fonts inside, as data: URLs, which the Content-Security-Policy refuses and which
 * every visitor would load: they become files, of which a browser loads those it needs. */
function fontFiles(): Plugin {
  return {
    name: "font-files",
    apply: "build",
    generateBundle(_, bundle) {
      for (const asset of Object.values(bundle)) {
        if (asset.type !== "asset" || !asset.fileName.endsWith(".css") || typeof asset.source !== "string") continue;
        asset.source = asset.source.replace(
          /url\(['"]?data:font\/woff2;base64,([A-Za-z0-9+/=]+)['"]?\)/g,
          (_found, content: string) => {
            const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
            const file = this.emitFile({ type: "asset", name: "font.woff2", source: bytes });
            return `url(/${this.getFileName(file)})`;
          },
        );
      }
    },
  };
}

/** Puts main.tsx into the page, and what it imports, to be loaded beside it. Vite itself would make it and the script that
 * stands in the page already, and is to run before all this is there, one. */
function mainBeside(): Plugin {
  return {
    name: "main-beside",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const tag = (name: string, attrs: Record<string, string | boolean>) =>
          ({ tag: name, injectTo: "head" as const, attrs: { crossorigin: true, ...attrs } });
        if (bundle === undefined) return [tag("script", { type: "module", src: `/${MAIN}` })];
        const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
        const needed = new Set<(typeof chunks)[number]>();
        // Style sheets stand in the order of what they are imported by.
        const need = (chunk: (typeof chunks)[number] | undefined) => {
          if (chunk === undefined || needed.has(chunk)) return;
          for (const name of chunk.imports) need(chunks.find((one) => one.fileName === name));
          needed.add(chunk);
        };
        const main = chunks.find((one) => one.facadeModuleId?.endsWith(MAIN));
        if (main === undefined) throw new Error(`${MAIN} was not built`);
        need(main);
        return [
          tag("script", { type: "module", src: `/${main.fileName}` }),
          ...[...needed].filter((one) => one !== main && !html.includes(one.fileName))
            .map((one) => tag("link", { rel: "modulepreload", href: `/${one.fileName}` })),
          ...[...needed].flatMap((one) => [...(one.viteMetadata?.importedCss ?? [])])
            .map((name) => tag("link", { rel: "stylesheet", href: `/${name}` })),
        ];
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), fontFiles(), mainBeside()],
  build: {
    outDir: "../src/vedette/console/dist",
    emptyOutDir: true,
    // Nothing is inlined: the Content-Security-Policy allows files of the server's own only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    // What others wrote is told with its licence.
    license: { fileName: "licenses.txt" },
    chunkSizeWarningLimit: 2000,
    // Many small files take longer to load than one: what several screens share is together.
    rolldownOptions: { input: ["index.html", MAIN], output: { codeSplitting: { groups: [
      { name: "first", priority: 1,
        test: /src\/(api\/|screens\.ts|state\/kept\.ts|values\/(criteria|page|time|view)\.ts)|vite\/preload-helper/ },
      // The picker of times is large, and the overview, which most load first, has none.
      { name: "shared", minShareCount: 3,
        test: /node_modules(?!.*\/date-range-picker\/)|src\/(parts(?!\/findings\/RangePicker)|values|state|api|strings)\// },
    ] } } },
  },
  server: { proxy: { "^/(vedette|detector|tags|custom-detection-rule|invitation|admin|organization)(/|$)": SERVER } },
  // Some tests start a shell for each value: on a busy machine that takes longer than the five seconds of the default.
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"], testTimeout: 60_000 },
});
