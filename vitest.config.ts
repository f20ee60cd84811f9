import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { long } from './packages/foundation/core/src/testing/long.ts'

// Before the first worker starts: they, and all processes of Node that tests start, keep compiled code here. A third of the processor time
// of the suite's commands goes without it.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/sluice/compiled')

const all = ['*.test.ts', '{packages,apps,simulators,projects,examples,templates,bench,scripts}/**/*.test.ts']
const exclude = ['**/node_modules/**', '**/.sluice/**', '**/fixtures/**']

/**
 * Tests against programs of others: Spark, delta-rs, chdb, servers of S3 and GCS. They install these, start them and wait for them, in
 * minutes that the size of a file does not tell, so they begin first: projects begin in the order of their names.
 */
export const against = [
  'packages/foundation/delta/src/interop/*.test.ts',
  'packages/foundation/delta/src/store/{gcs,s3,s3.interop}.test.ts',
  'packages/data/lake/src/{backup/bucket-place,storage/s3}.test.ts',
  'packages/logic/transform/src/pull/bucket.test.ts',
  'packages/assembly/platform/src/backup/in-buckets.pg.test.ts',
]

/**
 * Tests of values and files share the processes of the suite: what they import is read once, which is a third of a second of processor
 * time a file, and a whole one where it is the API. Each other file has a process to itself: processes are its subject, it keeps a server
 * until it ends, or something that it imports is made once a process: the cases of the lake.
 */
export const together = [
  // Those of PostgreSQL too: each has a database of its own, on the server that all share.
  ...['packages/{logic,surface}', 'packages/data/{notify,warehouse}', 'packages/runtime/accounts'].map((each) => `${each}/**/*.test.ts`),
  ...['packages/foundation', 'packages/data/{budget,sources}', 'packages/runtime/{definitions,settings}', 'simulators'].map(
    (each) => `${each}/**/!(*.pg).test.ts`,
  ),
]

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'together', isolate: false, include: together, exclude: [...exclude, ...against] } },
      { extends: true, test: { name: 'alone', include: all, exclude: [...exclude, ...against, ...together] } },
      { extends: true, test: { name: 'against others', include: against, exclude } },
    ],
    globalSetup: ['./scripts/suite/run-folder.ts', './scripts/suite/seed.ts'],
    setupFiles: ['./scripts/suite/each-file.ts'],
    maxWorkers: 2,
    // Limits that only what hangs reaches, however busy the machine is; the reporter of `npm test` shows meanwhile what runs for how long.
    testTimeout: long ? 3_600_000 : 1_800_000,
    hookTimeout: 1_800_000,
    teardownTimeout: 600_000,
    expect: { poll: { timeout: 600_000, interval: 20 } },
    slowTestThreshold: 10_000,
  },
})
