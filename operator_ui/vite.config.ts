import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // Everything comes from a file of its own: the pages' content security policy admits no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { presenter: "presenter.html", staff: "staff.html", certificate: "certificate.html" },
    },
  },
  server: {
    // `npm run dev` serves the sources beside a bridge that runs already (`stagebridge demo`).
    proxy: { "/ws": { target: "ws://127.0.0.1:8080", ws: true } },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
