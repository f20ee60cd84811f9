import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Before the first worker starts: they, and all processes of Node that tests start, keep compiled code here. A third of the processor time
// of the suite's commands goes without it.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/sluice/compiled')

export default defineConfig({
  test: {
    include: ['*.test.ts', '{packages,apps,simulators,projects,examples,templates,bench,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.sluice/**', '**/fixtures/**'],
    globalSetup: ['./scripts/suite/run-folder.ts', './scripts/suite/seed.ts'],
    setupFiles: ['./scripts/suite/each-file.ts'],
    maxWorkers: 2,
    // Limits that only what hangs reaches, however busy the machine is; the reporter of `npm test` shows meanwhile what runs for how long.
    testTimeout: process.env.SLUICE_TEST_LONG === '1' ? 3_600_000 : 1_800_000,
    hookTimeout: 1_800_000,
    teardownTimeout: 600_000,
    expect: { poll: { timeout: 600_000, interval: 20 } },
    slowTestThreshold: 10_000,
  },
})
