import type { Queryable } from '@sluice/postgres'
import { quoteTable, splitTableName } from '../ddl/names.ts'
import { filesOf } from './change.ts'
import { madeViews } from './live-view.ts'
import { type Lacking, nothingLacking } from './migration-to-write.ts'

/**
 * Views that models have made and no dataset declares any more. Nothing drops them unasked: somebody may read them. The migration does, and
 * makes them again where it is taken back.
 */
export async function viewsLeft(db: Queryable, declared: readonly string[]): Promise<Lacking> {
  const left = (await madeViews(db)).filter(({ name }) => !declared.includes(name))
  const [only] = left
  if (only === undefined) return nothingLacking
  const changes = left.map(({ name, kind, statements = [] }) => ({
    up: `drop ${kind} if exists ${quoteTable(name)}`,
    down: statements.join(';\n'),
  }))
  return {
    ...nothingLacking,
    differences: left.map(({ name, kind }) => `${kind} ${name} was made by a model and is not declared any more`),
    migration: { word: left.length === 1 ? `drop_${splitTableName(only.name).name}` : 'drop_views', ...filesOf(changes) },
  }
}
