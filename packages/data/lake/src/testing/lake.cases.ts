import { describe } from 'vitest'

const cases: Readonly<Record<string, () => Promise<unknown>>> = {
  landing: () => import('../land.cases.ts'),
  reading: () => import('../read.cases.ts'),
  'rows of datasets': () => import('../read/rows.cases.ts'),
  'folders of others': () => import('../bronze/foreign.cases.ts'),
  SQL: () => import('../sql/sql.cases.ts'),
  exports: () => import('../gold/gold.cases.ts'),
  maintenance: () => import('../maintain/maintain.cases.ts'),
}

/** The cases of the lake, on the storage that `useStorage` was given. */
export function lakeCases(): void {
  for (const [name, load] of Object.entries(cases)) describe(name, async () => void (await load()))
}
