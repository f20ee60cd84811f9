import type { SluiceError } from '@sluice/core'
import { migrationErrors } from '../errors.ts'
import { checksum, type Migration, orderMigrations } from './migration.ts'
import { refuseTransactionWords } from './transaction-words.ts'

export interface Applied {
  readonly id: string
  readonly sha256: string
  /** Epoch milliseconds. */
  readonly appliedAt: number
}

export interface Step {
  readonly direction: 'up' | 'down'
  readonly migration: Migration
  readonly sql: string
}

/** `latest`, `none` (everything taken back), or the id that shall be the last one applied. */
export type Target = 'latest' | 'none' | { readonly id: string }

/**
 * The steps from what is applied to the target. Refused with `migration.drift`: an applied migration whose text changed or which is gone,
 * and a new one that sorts before an applied one. Refused with `migration.failed`: an unknown target, a step back without `down`, a file
 * with transactions of its own.
 */
export function planMigrations(
  applied: readonly Pick<Applied, 'id' | 'sha256'>[],
  wanted: readonly Migration[],
  target: Target = 'latest',
): Step[] {
  const ordered = orderMigrations(wanted)
  for (const [index, done] of applied.entries()) verify(done, ordered[index], ordered)
  const steps = stepsTo(target, applied, ordered)
  for (const step of steps) refuseTransactionWords(fileOf(step), step.sql)
  return steps
}

/** What is wrong with one migration, as a sentence goes on behind its id, and what to do. */
export interface MigrationFault {
  readonly id: string
  readonly what: string
  readonly next: string
}

/** All that `planMigrations` would refuse of what is applied, each by its id. */
export function migrationFaults(
  applied: readonly Pick<Applied, 'id' | 'sha256'>[],
  wanted: readonly Migration[],
): readonly MigrationFault[] {
  const ordered = orderMigrations(wanted)
  const last = applied.at(-1)?.id ?? ''
  return [
    ...applied.flatMap(({ id, sha256 }) => {
      const known = ordered.find((each) => each.id === id)
      if (known === undefined) return [{ id, ...gone }]
      return checksum(known) === sha256 ? [] : [{ id, ...changed }]
    }),
    ...ordered.filter(({ id }) => id < last && !applied.some((each) => each.id === id)).map(({ id }) => ({ id, ...late(last) })),
  ]
}

const changed = {
  what: 'was changed after it had been applied',
  next: 'Take the change back and put it into a new migration.',
}
const gone = {
  what: 'is applied in the database and no longer there',
  next: 'Bring its file back, or take it back with the version that has it.',
}
const late = (applied: string): Omit<MigrationFault, 'id'> => ({
  what: `sorts before ${applied}, which is already applied`,
  next: 'Give the new migration a higher number.',
})

/** The name of the file whose text it runs. */
export const fileOf = ({ migration, direction }: Step): string => `${migration.id}.${direction}.sql`

function stepsTo(target: Target, applied: readonly unknown[], ordered: readonly Migration[]): Step[] {
  const count = target === 'latest' ? ordered.length : target === 'none' ? 0 : positionOf(target.id, ordered) + 1
  if (count >= applied.length)
    return ordered.slice(applied.length, count).map((migration) => ({ direction: 'up', migration, sql: migration.up }))
  return ordered.slice(count, applied.length).reverse().map(stepBack)
}

function verify(done: Pick<Applied, 'id' | 'sha256'>, known: Migration | undefined, ordered: readonly Migration[]): void {
  if (known?.id === done.id) {
    if (checksum(known) === done.sha256) return
    throw drift(done.id, changed)
  }
  if (ordered.some(({ id }) => id === done.id)) {
    throw drift(known?.id ?? done.id, late(done.id))
  }
  throw drift(done.id, gone)
}

function positionOf(id: string, ordered: readonly Migration[]): number {
  const position = ordered.findIndex((migration) => migration.id === id)
  if (position >= 0) return position
  throw migrationErrors.failed(`there is no migration ${id}`, {
    facts: { migration: id },
    next: ordered.length === 0 ? 'Write the first migration.' : `Name one of: ${ordered.map((each) => each.id).join(', ')}.`,
  })
}

function stepBack(migration: Migration): Step {
  if (migration.down !== undefined) return { direction: 'down', migration, sql: migration.down }
  throw migrationErrors.failed(`the migration ${migration.id} has no down file, it cannot be taken back`, {
    facts: { migration: migration.id },
    next: `Write ${migration.id}.down.sql, or restore a backup.`,
  })
}

const drift = (id: string, { what, next }: Omit<MigrationFault, 'id'>): SluiceError =>
  migrationErrors.drift(`the migration ${id} ${what}`, { facts: { migration: id }, next })
