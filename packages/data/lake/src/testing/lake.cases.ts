import { describe } from 'vitest'

const suites: Readonly<Record<string, () => Promise<unknown>>> = {
  landing: () => import('../land.test.ts'),
  reading: () => import('../read.test.ts'),
  'folders of others': () => import('../bronze/foreign.test.ts'),
  SQL: () => import('../sql/sql.test.ts'),
  exports: () => import('../gold/gold.test.ts'),
  maintenance: () => import('../maintain/maintain.test.ts'),
}

/** The tests of the lake on local disk, once more on what `useStorage` was given. */
export function lakeSuites(): void {
  for (const [name, load] of Object.entries(suites)) describe(name, async () => void (await load()))
}
