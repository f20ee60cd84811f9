import { bugErrors, inputErrors, isSluiceError, near, parseInstant, requestErrors, type SluiceError, unreachable } from '@sluice/core'
import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'
import { foreignSelect } from '../bronze/foreign.ts'
import { quarantineSuffix } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { formatOf } from '../file-format.ts'
import type { ScanOptions } from '../read/scan.ts'
import { fetched } from '../storage/fetch.ts'
import type { LakeStorage } from '../storage/storage.ts'
import { allowedFunctions } from './functions.ts'
import { datasetNames, filesNamed, meaningOf } from './names.ts'
import { findingsIn, type Refusal, type TableReference, type TimeTravel, type UnknownFunction } from './references.ts'
import { rewrite, type StandIn } from './rewrite.ts'
import { placeOfByte } from './tokens.ts'

export interface SqlContext {
  readonly storage: LakeStorage
  readonly project: string
  readonly connection: DuckConnection
  /** The projects whose datasets the query may name; all unless given. */
  readonly readable?: readonly string[]
  /** A SELECT over a dataset of any project. */
  readonly scan: (project: string, dataset: string, options: ScanOptions) => Promise<string>
}

/**
 * A query that names datasets and files of the lake, as SQL for the connection: one SELECT in which every name is pinned to what it means
 * now, a table to one version however often it is named. It reads nothing else: DuckDB's parser says what the query refers to, and all that
 * is not a dataset, a file of the project's lake or a name of the query itself is refused.
 * @throws `input.invalid` for SQL that does not parse or is more than one query; `lake.dataset_unknown` for a name, with near ones and its
 * place; `request.denied` for what reaches beyond the lake.
 */
export async function compileSql(at: SqlContext, sql: string): Promise<string> {
  const findings = findingsIn(await statementOf(at.connection, sql))
  const refusal = findings.find((found) => found.kind === 'refusal')
  if (refusal !== undefined) throw refused(sql, refusal)
  const unknown = findings.find((found) => found.kind === 'unknown function')
  if (unknown !== undefined) throw unknownFunction(sql, unknown)
  const prefix = freePrefix(sql)
  const scans = new Map<string, { readonly name: string; readonly select: string }>()
  const standIns: StandIn[] = []
  for (const reference of findings.filter((found) => found.kind === 'table')) {
    const key = JSON.stringify([reference.names.map((name) => name.toLowerCase()), reference.at])
    const known = scans.get(key) ?? { name: `${prefix}${scans.size}`, select: await scanOf(at, sql, reference) }
    scans.set(key, known)
    standIns.push({ reference, name: known.name })
  }
  const text = rewrite(
    sql,
    standIns,
    findings.filter((found) => found.kind === 'column'),
  )
  if (text === undefined) {
    throw bugErrors.unreachable('A name of the query is not where the parser found it', {
      facts: { sql: sql.slice(0, 500) },
      next: 'Please report this with the query; writing the names without quotes or comments between them may help meanwhile.',
    })
  }
  const pinned = [...scans.values()].map(({ name, select }) => `${quoteIdentifier(name)} AS NOT MATERIALIZED (${select})`)
  return `${pinned.length === 0 ? '' : `WITH ${pinned.join(',\n')}\n`}SELECT * FROM (\n${text}\n)`
}

interface Parsed {
  readonly error: boolean
  readonly error_type?: string
  readonly error_message?: string
  readonly position?: string
  readonly statements?: readonly unknown[]
}

async function statementOf(connection: DuckConnection, sql: string): Promise<unknown> {
  const text = await connection.value<string>('SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)::VARCHAR', [
    sql,
  ])
  const parsed = JSON.parse(text ?? '{"error": true}') as Parsed
  const [statement, ...more] = parsed.statements ?? []
  if (!parsed.error && statement !== undefined && more.length === 0) return statement
  if (parsed.error && parsed.error_type === 'parser') {
    const place = parsed.position === undefined ? '' : ` (${placeOfByte(sql, Number(parsed.position))})`
    throw inputErrors.invalid(`${parsed.error_message ?? 'the query cannot be read'}${place}`, {
      facts: { sql: sql.slice(0, 500), ...(parsed.position === undefined ? {} : { position: Number(parsed.position) }) },
      next: /\b(version|timestamp)\s+as\s+of\b/i.test(sql)
        ? "Travel in time with: FROM silver.assets AT (VERSION => 3), or AT (TIMESTAMP => '2026-11-20T12:00:00Z')."
        : 'Correct the query: it is SQL as DuckDB has it.',
    })
  }
  throw inputErrors.invalid(`The text is ${more.length > 0 ? 'more than one statement' : 'no query'}: one SELECT is what can be asked`, {
    facts: { sql: sql.slice(0, 500) },
    next: 'Write one SELECT (or FROM, WITH, VALUES, DESCRIBE, SUMMARIZE); for a PIVOT, SELECT * FROM table PIVOT (... FOR ... IN (...)).',
  })
}

async function scanOf(at: SqlContext, sql: string, reference: TableReference): Promise<string> {
  const where = placeOfByte(sql, reference.place)
  const written = reference.names.join('.')
  const meaning = meaningOf(reference.names, at.project)
  try {
    switch (meaning.kind) {
      case 'dataset':
        if (at.readable?.includes(meaning.project) === false) throw notReadable(meaning.project)
        return await at.scan(meaning.project, await asNamed(at.storage, meaning), travel(reference.at))
      case 'files': {
        if (reference.at !== undefined) throw noVersions(written)
        const files = await fetched(at.connection, at.storage.at(at.project), await filesNamed(at.storage, at.project, meaning.pattern))
        return foreignSelect(
          written,
          files.map((path) => ({ path, format: formatOf(path) ?? 'parquet', partitions: {} })),
          undefined,
        )
      }
      case 'unknown':
        throw lakeErrors.dataset_unknown(`There is no table ${written} in the lake`, { facts: { table: written } })
      default:
        return unreachable(meaning)
    }
  } catch (thrown) {
    if (!isSluiceError(thrown)) throw thrown
    const known = lakeErrors.dataset_unknown.is(thrown) ? await datasetNames(at.storage, at.project) : []
    const short = meaning.kind === 'dataset' ? meaning.dataset.replace(/^.*:lake\./, '') : written
    throw thrown.with({
      message: `${thrown.message} (${where})`,
      facts: { place: where },
      next: nothingLeftOut(short, known) ?? meantOr(short, known) ?? thrown.next ?? nameOne(known),
    })
  }
}

/** Names in SQL are equal whatever their case: the dataset as its folder has it. */
async function asNamed(
  storage: LakeStorage,
  { project, dataset }: { readonly project: string; readonly dataset: string },
): Promise<string> {
  const short = dataset.replace(/^.*:lake\./, '')
  const known = await datasetNames(storage, project)
  const found = known.includes(short) ? short : known.find((name) => name.toLowerCase() === short.toLowerCase())
  return found === undefined ? dataset : `${project}:lake.${found}`
}

/** Of the rows that were left out of a table, where it never left out any. */
function nothingLeftOut(short: string, known: readonly string[]): string | undefined {
  const of = short.endsWith(quarantineSuffix) ? short.slice(0, -quarantineSuffix.length) : ''
  if (known.includes(short) || !known.includes(of)) return undefined
  return `Nothing of ${of} was ever left out: its quarantine appears with the first row that is.`
}

function meantOr(short: string, known: readonly string[]): string | undefined {
  const meant = near(short, known)
  return meant.length > 0 && !known.includes(short) ? `Did you mean ${meant.join(' or ')}?` : undefined
}

const nameOne = (known: readonly string[]): string =>
  known.length === 0 ? 'The lake is empty: a table appears with its first batch.' : `Name one of: ${known.join(', ')}.`

const noVersions = (name: string): SluiceError =>
  inputErrors.invalid(`${name} has no versions`, {
    facts: { table: name },
    next: 'Files of bronze never change: leave out AT, and filter by ingested_at or the partition.',
  })

function travel(at: TimeTravel | undefined): ScanOptions {
  if (at === undefined) return {}
  const { unit, value } = at
  if (unit.toUpperCase() === 'VERSION' && Number.isInteger(Number(value)) && Number(value) >= 0) return { version: Number(value) }
  const instant = unit.toUpperCase() === 'TIMESTAMP' && typeof value === 'string' ? parseInstant(value) : undefined
  if (instant !== undefined) return { timestamp: instant }
  throw inputErrors.invalid(`AT (${unit} => ...) is not a version or an instant`, {
    facts: { unit, value },
    next: "Write AT (VERSION => 3) or AT (TIMESTAMP => '2026-11-20T12:00:00Z'), with a constant.",
  })
}

function refused(sql: string, { what, next, place }: Refusal): SluiceError {
  const where = place === undefined ? undefined : placeOfByte(sql, place)
  return requestErrors.denied(`${what} is not for queries of the lake${where === undefined ? '' : ` (${where})`}`, {
    facts: { what, anonymous: false, ...(where === undefined ? {} : { place: where }) },
    next,
  })
}

function unknownFunction(sql: string, { name, place }: UnknownFunction): SluiceError {
  const where = place === undefined ? undefined : placeOfByte(sql, place)
  const meant = near(name.toLowerCase(), [...allowedFunctions])
  return inputErrors.invalid(`There is no function ${name} for queries of the lake${where === undefined ? '' : ` (${where})`}`, {
    facts: { function: name, ...(where === undefined ? {} : { place: where }) },
    next: meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : 'Use a function of DuckDB that reads nothing but its arguments.',
  })
}

const notReadable = (project: string): SluiceError =>
  requestErrors.denied(`The lake of ${project} is not among those that you may read`, {
    facts: { project, anonymous: false },
    next: `Ask an administrator for the right to read ${project}.`,
  })

/** Names that the query cannot use for anything of its own. */
function freePrefix(sql: string): string {
  let prefix = '_pinned_'
  while (sql.toLowerCase().includes(prefix)) prefix = `_${prefix}`
  return prefix
}
