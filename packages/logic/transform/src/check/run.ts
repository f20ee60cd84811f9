import { type Check, type CheckFigures, inputsOf, type Reading } from '@sluice/author'
import { definitionErrors, formatInstant, type InputVersion, type Json, parseInstant, qualityErrors } from '@sluice/core'
import { type DuckConnection, duckdbErrors, interruptible } from '@sluice/duckdb'
import type { Lake } from '@sluice/lake'
import type { Warehouse } from '@sluice/warehouse'
import { refuseClock } from '../model/clock-words.ts'

export interface RunCheckOptions {
  readonly check: Check
  readonly reading: Reading
  readonly lake: () => Promise<Lake>
  readonly warehouse: () => Promise<Pick<Warehouse, 'answer'>>
  readonly signal?: AbortSignal
}

type Figure = CheckFigures[string]

/** What a check found: the figures of its rule by name, and the message where the rule does not hold. */
export interface Checked {
  readonly facts: Readonly<Record<string, Figure>>
  readonly inputs: readonly InputVersion[]
  readonly broken: string | undefined
}

/**
 * Evaluates the rule once. @throws `definition.invalid` for SQL that does not run, reads the clock, gives another number of rows than one,
 * or a first column that is not a boolean
 */
export async function runCheck(options: RunCheckOptions): Promise<Checked> {
  const { check, reading } = options
  refuseClock(check.name, check.sql)
  const { columns, rows } = check.on[0]?.on === 'warehouse' ? await askWarehouse(options) : await askLake(options)
  const [cells, ...more] = rows
  if (cells === undefined || more.length > 0) {
    throw ruled(
      check,
      `gives ${rows.length === 0 ? 'no row' : 'more than one row'}`,
      'Let the rule select one row, for example with count(*).',
    )
  }
  const [first, ...others] = columns
  if (first === undefined || first.type.toLowerCase() !== 'boolean') {
    const what =
      first === undefined
        ? 'gives no column'
        : `gives ${first.name} as ${first.type.toLowerCase()}, and its first column says whether it holds`
    throw ruled(check, what, 'Write the condition as the first column, for example count(*) >= 10 as ok.')
  }
  const facts = Object.fromEntries(others.map(({ name, type }, at) => [name, shown(cells[at + 1] ?? null, type)]))
  return { facts, inputs: inputsOf(check.sql, reading), broken: cells[0] === true ? undefined : filledIn(check, facts) }
}

interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly Json[])[]
}

const askWarehouse = async ({ check, reading, warehouse }: RunCheckOptions): Promise<Answer> =>
  await (await warehouse()).answer(check.sql, reading, { limit: 2 })

async function askLake({ check, reading, lake, signal }: RunCheckOptions): Promise<Answer> {
  const opened = await lake()
  const connection = await opened.connect()
  try {
    return await interruptible(connection, signal, async () => {
      const { select } = await opened.render(connection, check.sql, reading)
      return await answerOf(connection, check, select)
    })
  } finally {
    connection.close()
  }
}

async function answerOf(connection: DuckConnection, check: Check, select: string): Promise<Answer> {
  try {
    const columns = await connection.columns(select)
    const rows = await connection.rows(`SELECT * FROM (${select}\n) LIMIT 2`)
    return { columns, rows: rows.map((row) => columns.map(({ name }) => row[name] ?? null)) }
  } catch (thrown) {
    if (!duckdbErrors.failed.is(thrown)) throw thrown
    throw definitionErrors.invalid(`check ${check.name}: ${thrown.message}`, {
      cause: thrown,
      facts: { ...thrown.facts, check: check.name },
      next: 'Correct the SQL of the rule: DuckDB names the place.',
    })
  }
}

/** The message with the figures where it names them. @throws `definition.invalid` for a name that the rule does not give */
function filledIn(check: Check, facts: Checked['facts']): string {
  return check.message.replaceAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = facts[name]
    if (value === undefined)
      throw ruled(check, `does not give the column ${name} that its message names`, 'Select it in the rule, or correct the message.')
    return value === null ? 'null' : String(value)
  })
}

/** Instants as text, whichever store gave them, and lists and objects as JSON: a figure is one value. */
function shown(value: Json, type: string): Figure {
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  if (typeof value === 'number' && /^timestamp/i.test(type)) return formatInstant(value)
  const at = typeof value === 'string' && /^timestamp/i.test(type) ? parseInstant(value) : undefined
  return at === undefined ? value : formatInstant(at)
}

const ruled = (check: Check, what: string, next: string) =>
  definitionErrors.invalid(`check ${check.name}: the rule ${what}`, { facts: { check: check.name }, next })

/** @throws `quality.failed` */
export const refuseBroken = (check: Check, { broken, facts }: Checked): void => {
  if (broken === undefined) return
  throw qualityErrors.failed(broken, {
    facts: { check: check.name, datasets: check.on.map(({ id }) => id), ...facts },
    ...(check.next === undefined ? {} : { next: check.next }),
  })
}
