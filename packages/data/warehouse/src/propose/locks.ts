import type { Action } from '@supabase/pg-delta'
import { tableOf } from './shown-id.ts'
import { type Sizes, sizeText } from './sizes.ts'

/** What a statement does to the rows that are there. */
export type Work = 'rewrite' | 'scan' | 'none'

const scanning =
  /^(?:ALTER TABLE .* (?:SET NOT NULL|ADD CONSTRAINT .* (?:PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY|EXCLUDE)\b.*)|CREATE (?:UNIQUE )?INDEX .*)$/s

export const workOf = ({ rewriteRisk, sql }: Action): Work =>
  rewriteRisk ? 'rewrite' : scanning.test(sql) && !/ NOT VALID$/.test(sql) ? 'scan' : 'none'

const names: Readonly<Record<Action['lockClass'], readonly [lock: string, who: string] | null>> = {
  none: null,
  share: ['SHARE', 'who writes waits'],
  shareUpdateExclusive: ['SHARE UPDATE EXCLUSIVE', 'nobody who reads or writes waits'],
  shareRowExclusive: ['SHARE ROW EXCLUSIVE', 'who writes waits'],
  accessExclusive: ['ACCESS EXCLUSIVE', 'who reads or writes waits'],
} as never

/** Megabytes a second, of a small machine: indexes and rewritten tables go to the disk twice, with the log. */
const speed = { rewrite: 25, scan: 80 }

/**
 * Which lock a statement takes on a table that has rows now, who waits for it, and what it does meanwhile. Undefined where it locks no such
 * table.
 */
export function lockLine(step: Action, sizes: Sizes): string | undefined {
  const named = names[step.lockClass]
  const tables = [...step.consumes, ...step.destroys, ...step.produces].map(tableOf)
  const table = tables.find((each) => each !== undefined && sizes.has(each))
  if (named === null || named === undefined || table === undefined) return undefined
  const [lock, who] = named
  const work = workOf(step)
  const bytes = sizes.get(table)?.bytes ?? 0
  const seconds = work === 'none' ? 0 : bytes / 1e6 / speed[work]
  const lasting = seconds < 1 ? '' : `, some ${Math.ceil(seconds)} s`
  const done = work === 'rewrite' ? `while it is written anew${lasting}` : work === 'scan' ? `while it is read${lasting}` : 'for a moment'
  return `-- ${lock} on ${table} (${sizeText(sizes, table)}): ${who} ${done}.`
}
