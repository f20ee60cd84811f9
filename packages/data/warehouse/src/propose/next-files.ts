import { type Migration, migrateUp, openPool } from '@sluice/postgres'
import type { Action, FactBase } from '@supabase/pg-delta'
import { valueNeeded } from '../drift/alter-column.ts'
import { type Change, fileText } from '../drift/change.ts'
import { nextId } from '../drift/check-drift.ts'
import { keepingWhatItMakes } from '../drift/migrated.ts'
import { catalogueOf } from './catalogue-of.ts'
import { declaredLine } from './declared-line.ts'
import { lockLine } from './locks.ts'
import type { PgDelta } from './pg-delta.ts'
import { shownId } from './shown-id.ts'
import type { Sizes } from './sizes.ts'
import { type Part, stepsBetween } from './steps.ts'
import type { WholeMigration } from './whole-migration.ts'

export interface FilesToWrite {
  /** What the migrations before make. */
  readonly start: FactBase
  readonly parts: readonly Part[]
  /** Come before the statements of the part that is one transaction. */
  readonly renames: readonly Change[]
  /** What the files of `schema/` make; null where none is and was there. */
  readonly declared: ReadonlySet<string> | null
  readonly name: string
  readonly sizes: Sizes
  readonly owner: string
}

/**
 * Writes the migrations and applies each to a scratch database that has the ones before it: what takes it back is what leads from the
 * catalogue behind it to that before it.
 *
 * @returns the files, and the catalogue behind the last one
 */
export async function nextFiles(
  library: PgDelta,
  url: string,
  known: readonly Migration[],
  { start, parts, renames, declared, name, sizes, owner }: FilesToWrite,
): Promise<{ readonly files: readonly WholeMigration[]; readonly reached: FactBase }> {
  const pool = openPool(url, { max: 2 })
  const files: WholeMigration[] = []
  let reached = start
  const run = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await pool.query(statement)
  }
  try {
    // Renames need a file, whatever else is to be done.
    const whole = parts.some(({ alone }) => !alone) || renames.length === 0 ? parts : [...parts, { steps: [], alone: false }]
    for (const { steps, alone } of whole) {
      const moved = alone ? [] : renames
      await run(moved.map(({ up }) => up))
      const before = moved.length === 0 ? reached : await catalogueOf(library, pool)
      await run(moved.map(({ down }) => down).reverse())
      const id = nextId(name, [...known, ...files])
      const up = fileText([
        ...(alone ? ['-- no-transaction'] : []),
        ...(declared === null ? [] : [declaredLine(declared)]),
        ...moved.map((change) => change.up),
        ...steps.map((step) => upText(step, sizes)),
      ])
      await migrateUp(url, [...known, ...files, { id, up }], { around: keepingWhatItMakes })
      reached = await catalogueOf(library, pool)
      const down = fileText([
        ...stepsBetween(library, reached, before, owner).map(downText),
        ...moved.map((change) => change.down).reverse(),
      ])
      files.push({ id, up, down })
    }
    return { files, reached }
  } finally {
    await pool.end()
  }
}

function upText(step: Action, sizes: Sizes): string {
  const lines = [lockLine(step, sizes), needsValue(step, sizes) ? valueNeeded : undefined, ...lost(step)]
  return [...lines.filter((line) => line !== undefined), step.sql].join('\n')
}

const downText = (step: Action): string => [...lost(step), step.sql].join('\n')

const lost = ({ dataLoss, destroys }: Action): readonly string[] => {
  const [first] = dataLoss === 'none' ? [] : destroys
  return first === undefined ? [] : [`-- What ${shownId(first)} holds goes with it.`]
}

const needsValue = ({ verb, produces, sql }: Action, sizes: Sizes): boolean => {
  const [made] = produces
  return (
    verb === 'create' &&
    made?.kind === 'column' &&
    sizes.has(`${made.schema}.${made.table}`) &&
    / NOT NULL$/.test(sql) &&
    !/ (?:DEFAULT|GENERATED) /.test(sql)
  )
}
