import { defineConfig } from 'vitest/config'

const long = process.env.SLUICE_TEST_LONG === '1'

export default defineConfig({
  test: {
    include: ['*.test.ts', '{packages,apps,simulators,projects,examples,bench,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.sluice/**', '**/fixtures/**'],
    maxWorkers: 2,
    testTimeout: long ? 3_600_000 : 60_000,
    hookTimeout: 60_000,
  },
})
