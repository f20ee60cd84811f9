import { definitionErrors, type SluiceError } from '@sluice/core'
import { type Connection, toFault } from '@sluice/postgres'
import { sqlPosition } from '../query/sql-position.ts'
import type { QuerySource } from './query-source.ts'

/**
 * What the server would refuse of a hook before it does anything: nothing is run. Of statements that have a plan, tables and columns are
 * looked for; of others (`grant`, `refresh materialized view`) the grammar alone is.
 * @param called `hook 1 before the write of mart.sums` @param tx in no transaction
 */
export async function hookFault(tx: Connection, called: string, { text }: QuerySource): Promise<SluiceError | undefined> {
  const [begin, end] = framesOf(text)
  if (begin === undefined) return undefined
  await tx.query('begin')
  try {
    await tx.native.query({ text: `${begin}${text}${end}`, values: [], queryMode: 'extended' } as never)
    return undefined
  } catch (thrown) {
    const fault = toFault(thrown, text)
    if (fault.code !== 'postgres.failed') throw fault
    const { position, ...facts } = fault.facts
    const at = typeof position === 'number' ? sqlPosition(text, position - begin.length) : undefined
    const where = at === undefined ? '' : ` (line ${at.line}, column ${at.column})\n${at.frame}`
    return definitionErrors.invalid(`${called}: ${fault.message}${where}`, {
      cause: fault,
      facts: { ...facts, ...(at === undefined ? {} : { line: at.line, column: at.column }) },
      next: 'Correct the statement in hooks of the model: PostgreSQL names the place.',
    })
  } finally {
    await tx.query('rollback')
  }
}

const planned = new Set(['select', 'insert', 'update', 'delete', 'merge', 'values', 'with', 'table'])
/** Words with which statements of PL/pgSQL begin that mean something else there. */
const otherwise = new Set(['declare', 'execute', 'fetch', 'move', 'close'])

/** What makes a statement one that is read and not run. */
function framesOf(text: string): readonly [begin: string, end: string] | readonly [undefined, undefined] {
  const word = /^[a-z]+/.exec(text.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/|\()*/, '').toLowerCase())?.[0] ?? ''
  if (planned.has(word)) return ['prepare sluice_hook as ', '']
  if (otherwise.has(word)) return [undefined, undefined]
  return ['create function pg_temp.sluice_hook() returns void language plpgsql as $sluice_hook$ begin ', '\n; end $sluice_hook$']
}
