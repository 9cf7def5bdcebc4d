import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/engine/real/**', '**/node_modules/**'],
    globalSetup: ['test/support/run-directory.ts'],
    setupFiles: ['test/support/seed.ts'],
    testTimeout: 20_000,
  },
});
