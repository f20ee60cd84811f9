import { definitionErrors, type SluiceError } from '@sluice/core'
import { type DuckConnection, quoteLiteral } from '@sluice/duckdb'
import { findingsIn } from '@sluice/lake'
import { clockFunctions, clockWords } from './clock-words.ts'
import { isOwnTable, type Node, nodesIn, type Parsed, placed, placeOf } from './parsed.ts'

/** Read the clock, settings or variables, though DuckDB 1.5.6 declares them CONSISTENT. */
const undeclared = new Set(['current_localtime', 'current_localtimestamp', 'current_setting', 'getvariable'])
/** Declared VOLATILE or CONSISTENT_WITHIN_QUERY, and the same on each run: `error` gives no value, the others name the database. */
const harmless = new Set(['error', 'current_database', 'current_schema', 'current_schemas', 'in_search_path'])

/**
 * Refuses SQL over the lake that gives other rows when it runs again, by what DuckDB has parsed: functions that it declares volatile,
 * samples, and tables, files and table functions that no receipt names. Text that DuckDB does not parse passes: whoever describes it says
 * what is wrong. @throws `definition.invalid` naming the word and its place
 */
export async function refuseVolatile(connection: DuckConnection, step: string, { text, tree }: Parsed): Promise<void> {
  const calls = callsIn(tree)
  const volatile = await volatileAmong(connection, calls)
  const found = calls.find((call) => volatile.has(call.name) || (call.name === 'age' && call.arguments === 1))
  if (found !== undefined) throw unsteady(step, shownName(found), text, found.place)
  for (const finding of findingsIn(tree)) {
    if (finding.kind === 'refusal') throw unnamed(step, finding.what, text, finding.place)
    if (finding.kind === 'table' && !isOwnTable(finding.names)) throw unnamed(step, finding.names.join('.'), text, finding.place)
  }
}

/** A function, a word like `current_date`, or a sample. */
interface Call {
  readonly name: string
  readonly arguments: number
  readonly kind: 'function' | 'word' | 'sample'
  readonly place: number | undefined
}

const callsIn = (tree: unknown): readonly Call[] => [...nodesIn(tree)].flatMap((node) => callOf(node) ?? [])

function callOf(node: Node): Call | undefined {
  const { column_names: names } = node
  const place = placeOf(node)
  if (typeof node.sample === 'object' && node.sample !== null) return { name: 'sample', arguments: 0, kind: 'sample', place }
  if (node.class === 'COLUMN_REF' && Array.isArray(names) && names.length === 1) {
    const name = String(names[0]).toLowerCase()
    return clockWords.has(name) ? { name, arguments: 0, kind: 'word', place } : undefined
  }
  if (typeof node.function_name !== 'string') return undefined
  const count = Array.isArray(node.children) ? node.children.length : 0
  return { name: node.function_name.toLowerCase(), arguments: count, kind: 'function', place }
}

/** Names of those that may give another value on another run. Of a macro it is what its definition calls. */
async function volatileAmong(connection: DuckConnection, calls: readonly Call[]): Promise<ReadonlySet<string>> {
  const names = [...new Set(calls.flatMap(({ kind, name }) => (kind === 'function' ? [name] : [])))]
  const always = calls.flatMap(({ kind, name }) => (kind === 'function' ? [] : [name]))
  if (names.length === 0) return new Set(always)
  await learn(
    connection,
    names.filter((name) => !known.has(name)),
  )
  const found = names.filter((name) => known.get(name) === true || undeclared.has(name))
  return new Set([...always, ...found.filter((name) => !harmless.has(name))])
}

/**
 * Whether a function may give another value on another run, by name. DuckDB lists all its functions for one answer, 20-60 ms of each run;
 * they stay what they are, since no extension is loaded (`openDuckDB`) and no model makes a macro. A name that is not there is not kept.
 */
const known = new Map<string, boolean>()

async function learn(connection: DuckConnection, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const rows = await connection.rows<{ name: string; stability: string | null; macro: string | null }>(
    `SELECT DISTINCT lower(function_name) AS name, stability, macro_definition AS macro FROM duckdb_functions()
     WHERE lower(function_name) IN (${names.map(quoteLiteral).join(', ')})`,
  )
  const declared = rows.filter(({ stability, macro }) => (stability ?? 'CONSISTENT') !== 'CONSISTENT' || readsClock(macro ?? ''))
  const changing = new Set(declared.map(({ name }) => name))
  for (const { name } of rows) known.set(name, changing.has(name))
}

const readsClock = (macro: string): boolean =>
  [...macro.matchAll(/[a-z_]+/gi)].some(([word]) => clockWords.has(word.toLowerCase()) || clockFunctions.has(word.toLowerCase()))

const shownName = ({ kind, name }: Call): string => (kind === 'sample' ? 'a sample' : kind === 'word' ? name : `${name}()`)

function unsteady(step: string, word: string, text: string, place: number | undefined): SluiceError {
  const { at, ...facts } = placed(text, place)
  return definitionErrors.invalid(`step ${step}: ${word}${at} gives something else on each run`, {
    facts: { step, word, ...facts },
    next: 'Use the interval of the run (interval.start, interval.end) or a column of the data; a replay must give the same rows.',
  })
}

function unnamed(step: string, what: string, text: string, place: number | undefined): SluiceError {
  const { at, ...facts } = placed(text, place)
  return definitionErrors.invalid(`step ${step}: its SQL reads ${what}${at}, which no receipt would name`, {
    facts: { step, word: what, ...facts },
    next: 'Declare what it reads as a dataset under from, and refer to it there: then a replay reads the same rows.',
  })
}
