import { type Check, inputsOf, type Reading } from '@sluice/author'
import { definitionErrors, type InputVersion, qualityErrors } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import type { Warehouse } from '@sluice/warehouse'
import { refuseClock } from '../model/clock-words.ts'
import { askRow, type Figure, shown } from './ask.ts'

export interface RunCheckOptions {
  readonly check: Check
  readonly reading: Reading
  readonly lake: () => Promise<Lake>
  readonly warehouse: () => Promise<Pick<Warehouse, 'answer'>>
  readonly signal?: AbortSignal
}

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
  const { columns, rows } = await askRow({ ...options, name: check.name, store: check.on[0]?.on ?? 'lake' }, check.sql)
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

/** The message with the figures where it names them. @throws `definition.invalid` for a name that the rule does not give */
function filledIn(check: Check, facts: Checked['facts']): string {
  return check.message.replaceAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = facts[name]
    if (value === undefined)
      throw ruled(check, `does not give the column ${name} that its message names`, 'Select it in the rule, or correct the message.')
    return value === null ? 'null' : String(value)
  })
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
