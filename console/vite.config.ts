import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Where `vedette serve` listens while the console is worked at: `npx vite`, with the server beside it. */
const SERVER = "http://127.0.0.1:8470";

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

export default defineConfig({
  plugins: [react(), fontFiles()],
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
    rolldownOptions: { output: { codeSplitting: { groups: [
      { name: "shared", test: /node_modules|src\/(parts|values|state|api|strings)\//, minShareCount: 5 },
    ] } } },
  },
  server: { proxy: { "^/(vedette|detector|tags|custom-detection-rule|invitation|admin|organization)(/|$)": SERVER } },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
