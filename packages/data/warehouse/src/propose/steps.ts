import { quoteIdentifier } from '@sluice/postgres'
import type { Action, FactBase } from '@supabase/pg-delta'
import { loadColumn } from '../ddl/names.ts'
import type { PgDelta } from './pg-delta.ts'
import { tableOf } from './shown-id.ts'

/** The statements that lead from one catalogue to another, in their order. @param owner who runs them */
export function stepsBetween(library: PgDelta, from: FactBase, to: FactBase, owner: string): readonly Action[] {
  const roles = [from, to].flatMap((each) => each.facts().flatMap(({ id }) => (id.kind === 'role' ? [id.name] : [])))
  const { actions } = library.plan(from, to, { scope: 'database', defaultOwner: owner, assumedRoles: [...new Set(roles)] })
  const defaults = new Set(from.facts().flatMap(({ id }) => (id.kind === 'default' ? [dropDefault(id.schema, id.table, id.name)] : [])))
  return actions
    .map((action) => ({ ...action, sql: statementOf(action, owner) }))
    .filter(({ sql }) => !dropsDefault.test(sql) || defaults.has(sql))
}

/** The library writes it before each change of a type, also where the column has none. */
const dropsDefault = /^ALTER TABLE \S.* ALTER COLUMN \S.* DROP DEFAULT$/
const dropDefault = (schema: string, table: string, column: string): string =>
  `ALTER TABLE ${quoteIdentifier(schema, table)} ALTER COLUMN ${quoteIdentifier(column)} DROP DEFAULT`

function statementOf(action: Action, owner: string): string {
  const [made] = action.produces
  // No load has the number 0: rows that are there came by none.
  if (action.verb === 'create' && made?.kind === 'column' && made.name === loadColumn) {
    const target = quoteIdentifier(made.schema, made.table)
    const column = quoteIdentifier(loadColumn)
    return `ALTER TABLE ${target} ADD COLUMN ${column} bigint NOT NULL DEFAULT 0;\n\nALTER TABLE ${target} ALTER COLUMN ${column} DROP DEFAULT`
  }
  // Whoever runs it: in another place the owner has another name.
  return (
    action.sql
      .trim()
      .replace(/;$/, '')
      // As the catalogue spells it, partitions that are there would go without.
      .replace(/^(CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")+"|\S+) ON) ONLY /, '$1 ')
      .replace(`FOR ROLE ${quoteIdentifier(owner)} `, '')
  )
}

/** Statements that are one file, and so one transaction where the file has one. */
export interface Part {
  readonly steps: readonly Action[]
  /** What it holds runs in no transaction, or is of use once it is committed. */
  readonly alone: boolean
}

/**
 * The files that the statements go into: values that a type gains come first, since they can be used once they are committed. Indexes that
 * are large (`isLarge`, by `schema.name` of the table and the name of the index) come last, built while others write.
 */
export function partsOf(steps: readonly Action[], isLarge: (table: string, index: string) => boolean): readonly Part[] {
  const early = steps.filter(({ transactionality }) => transactionality === 'commitBoundaryAfter')
  const late = steps.filter((step) => buildsIndexOf(step, isLarge))
  const rest = steps.filter((step) => !early.includes(step) && !late.includes(step))
  return [
    { steps: early.map(addedOnce), alone: true },
    { steps: rest, alone: false },
    { steps: late.map(concurrently), alone: true },
  ].filter(({ steps: { length } }) => length > 0)
}

const createsIndex = /^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)/

function buildsIndexOf({ verb, sql, consumes, produces }: Action, isLarge: (table: string, index: string) => boolean): boolean {
  const table = consumes.map(tableOf).find((each) => each !== undefined)
  const index = produces.find(({ kind }) => kind === 'index')
  const name = index?.kind === 'index' ? index.name : ''
  return verb === 'create' && createsIndex.test(sql) && table !== undefined && isLarge(table, name)
}

/** Its file is not a transaction: one that was ended in the middle is applied again from its first statement. */
const addedOnce = (step: Action): Action => ({
  ...step,
  sql: step.sql.replace(/^(ALTER TYPE .+ ADD VALUE )(?!IF NOT EXISTS)/, '$1IF NOT EXISTS '),
})

const concurrently = (step: Action): Action => ({
  ...step,
  sql: step.sql.replace(createsIndex, (whole) => `${whole}CONCURRENTLY IF NOT EXISTS `),
  lockClass: 'shareUpdateExclusive',
})
