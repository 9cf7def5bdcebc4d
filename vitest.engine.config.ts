import { defineConfig } from 'vitest/config';

// Real engines, real images: minutes, not milliseconds. One file at a time, since they share one engine.
export default defineConfig({
  test: {
    include: ['test/engine/real/**/*.test.ts'],
    globalSetup: ['test/engine/real/setup.ts'],
    fileParallelism: false,
    testTimeout: 15 * 60_000,
    hookTimeout: 20 * 60_000,
    teardownTimeout: 60_000,
  },
});
