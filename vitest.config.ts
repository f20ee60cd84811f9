import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Before the first worker starts: they, and all processes of Node that tests start, keep compiled code here. A third of the processor time of the
// suite's commands goes without it.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/sluice/compiled')

const long = process.env.SLUICE_TEST_LONG === '1'

export default defineConfig({
  test: {
    include: ['*.test.ts', '{packages,apps,simulators,projects,examples,bench,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.sluice/**', '**/fixtures/**'],
    maxWorkers: 2,
    // Finds what hangs. A limit that is close to the usual time fails on a busy machine.
    testTimeout: long ? 3_600_000 : 600_000,
    hookTimeout: 600_000,
  },
})
