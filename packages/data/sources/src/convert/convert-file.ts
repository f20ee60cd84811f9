import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { FileFormat } from '@sluice/author'
import { given, inputErrors, unreachable } from '@sluice/core'
import { createTable, fromDuckType, localStore, openTable, tableExists } from '@sluice/delta'
import { type DuckConnection, interruptible, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { fileErrors } from '../errors.ts'
import { textsOf } from '../files/cells/texts.ts'
import type { FileAtHand, Found, OpenFile, ReadContext } from '../files/reader.ts'
import { readerOf } from '../files/reader-of.ts'
import { beginningOf } from './beginning.ts'
import { formatOf, type KnownFormat } from './format-of.ts'
import { brokenRows, judgedColumns, type TypedColumn, typedColumns, typedRows } from './judged.ts'
import { commentsLeftOut, inShell, type Kinds, likelyKinds, mixedInstead, openProposed, otherSheets, textInstead } from './propose.ts'
import { provedRows } from './proved-rows.ts'
import { type TargetKind, targetOf } from './target.ts'
import { fileAt, withEngine } from './work.ts'

export interface ConvertOptions {
  readonly known?: KnownFormat
  /** An output that exists gives way. */
  readonly overwrite?: boolean
  /** All columns of texts stay text. */
  readonly text?: boolean
  /** Each text is judged, also where the survey of a file proves columns: for tests, which compare both roads. */
  readonly judged?: boolean
  readonly onProgress?: (doing: string) => void
  readonly signal?: AbortSignal
}

/** What a conversion has done. `rowsIn = rowsWritten + rowsQuarantined`. */
export interface ConvertedFile {
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly detected: Found & { readonly format: FileFormat['kind'] }
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly output: string
  /** The file of records that could not be read; null where there are none. */
  readonly quarantine: string | null
  readonly told: readonly string[]
}

/**
 * Reads a file and writes its rows in another format, typed by the narrowest types that hold all values of a column in the whole file.
 * Records that cannot be read stand in the file of the quarantine. It appears whole: it is written under another name beside its place, and
 * a Delta table that is there gets one commit more. Until then the output of before is there.
 * @throws `input.invalid` for an output that is there, or of a kind that is not written; `file.*`
 */
export async function convertFile(from: string, to: string, options: ConvertOptions = {}): Promise<ConvertedFile> {
  const { known, overwrite = false, text = false, judged = false, onProgress = () => undefined, signal } = options
  const file = await fileAt(from)
  const kind = targetOf(to)
  const output = resolve(to)
  const quarantine = `${output}.quarantine.jsonl`
  if (output === file.path) throw inputErrors.invalid('the output is the file itself', { next: 'Give another name.' })
  if (!overwrite) for (const path of [output, quarantine]) await refuseExisting(path)
  const replaces = await refuseOther(output, kind)
  const draft = join(dirname(output), `.${basename(output)}.${randomUUID().slice(0, 8)}`)
  await mkdir(dirname(output), { recursive: true })
  try {
    return await withEngine(async ({ connection, workFolder }) => {
      const { format, told } = await formatOf(file, known)
      onProgress(`reading ${file.name} as ${format.kind}`)
      const context: ReadContext = { workFolder, ...given({ signal }) }
      const likely = text ? new Map() : await kindsOf(connection, file, format, context)
      onProgress('finding the types that hold the values')
      const proposed = await openProposed(connection, file, format, likely, context, 'all')
      const { opened, types, fits, ambiguous, mixed } = proposed
      await using _opened = opened
      if (opened.columns.length === 0) throw nothingIn(file, from)
      return await interruptible(connection, signal, async () => {
        const allFit = text || fits
        await using proved = allFit && !text && !judged ? await provedRows(connection, file, format, proposed, context) : undefined
        const columns = typedColumns((proved ?? opened).columns, text ? opened.columns.map(() => undefined) : types)
        onProgress(`writing ${basename(output)}`)
        const rows = judgedColumns(proved?.rows ?? (allFit ? opened.rows : opened.numbered), columns, allFit ? [] : ['_row'])
        const path = replaces ? output : draft
        const rowsWritten = await write(connection, { kind, path, replaces, rows: typedRows(rows, columns, !allFit), columns })
        const broken = allFit ? undefined : brokenRows(rows, columns)
        const rowsQuarantined = await writeQuarantine(connection, opened, broken, `${draft}.quarantine`)
        if (!replaces) await rename(draft, output)
        if (rowsQuarantined > 0) await rename(`${draft}.quarantine`, quarantine)
        else await rm(quarantine, { force: true })
        const recovered = await opened.recovered()
        return {
          rowsIn: rowsWritten + rowsQuarantined,
          rowsWritten,
          rowsQuarantined,
          detected: { format: format.kind, ...opened.found, ...(Object.keys(recovered).length === 0 ? {} : { recovered }) },
          columns: columns.map(({ name, type }) => ({ name, type: type.toLowerCase() })),
          output,
          quarantine: rowsQuarantined > 0 ? quarantine : null,
          told: [
            ...(told === undefined ? [] : [told]),
            ...otherSheets(opened.found, known),
            ...ambiguous.map(textInstead),
            ...commentsLeftOut(recovered, opened.found),
            ...mixed.map((each) => mixedInstead(each, from)),
          ],
        }
      })
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
    await rm(`${draft}.quarantine`, { force: true })
  }
}

/** Of a file without rows nobody knows the columns, and no output can be written without one. */
const nothingIn = ({ name }: FileAtHand, from: string) =>
  fileErrors.missing(`${name} has no columns: there are no records in it that can be read`, {
    facts: { file: name },
    next: `Look at what it holds: sluice sources sniff ${inShell(from)}`,
  })

async function refuseExisting(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) === undefined) return
  throw inputErrors.invalid(`${path} is there already`, { facts: { file: path }, next: 'Give another name, or --overwrite.' })
}

/**
 * Whether the output is a Delta table that is there. A folder of other files is nobody's output: nothing of it is taken away.
 * @throws `input.invalid` for a folder in the place of a file, and the other way round
 */
async function refuseOther(path: string, kind: TargetKind): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return false
  if (kind !== 'delta' && !found.isDirectory()) return false
  if (kind === 'delta' && found.isDirectory()) {
    if (await tableExists(path)) return true
    // A name takes the place of an empty folder.
    if ((await readdir(path)).length === 0) return false
  }
  const is = !found.isDirectory() ? 'a file' : kind === 'delta' ? 'a folder of other files, and not a Delta table' : 'a folder'
  throw inputErrors.invalid(`${path} is ${is}`, { facts: { file: path }, next: 'Give another name: nothing of it is overwritten.' })
}

interface Written {
  readonly kind: TargetKind
  readonly path: string
  /** A Delta table is there. */
  readonly replaces: boolean
  readonly rows: string
  readonly columns: readonly TypedColumn[]
}

async function write(connection: DuckConnection, { kind, path, replaces, rows, columns }: Written): Promise<number> {
  const copy = async (select: string, how: string): Promise<number> =>
    await connection.run(`COPY (${select}) TO ${quoteLiteral(path)} (${how})`)
  switch (kind) {
    case 'parquet':
      return await copy(rows, 'FORMAT parquet, COMPRESSION zstd')
    case 'csv':
      return await copy(rows, "FORMAT csv, HEADER true, NULLSTR ''")
    case 'jsonl':
      return await copy(`SELECT ${columns.map(inJson).join(', ')} FROM (${rows})`, 'FORMAT json, ARRAY false')
    case 'delta': {
      const select = `SELECT ${columns.map(inDelta).join(', ')} FROM (${rows})`
      if (replaces) return (await (await openTable(path, { connection: connection.raw })).overwrite({ select, overwriteSchema: true })).rows
      const table = await createTable(localStore(path), {
        connection: connection.raw,
        columns: columns.map(({ name, type }) => ({ name, type: fromDuckType(type) ?? 'string' })),
        // Parquet's names are then others than those of the columns, which may hold spaces and marks.
        ...(columns.some(({ name }) => /[ ,;{}()\n\t=]/.test(name)) ? { properties: { 'delta.columnMapping.mode': 'name' } } : {}),
      })
      return (await table.append({ select })).rows
    }
    default:
      return unreachable(kind)
  }
}

/** What Delta has no type for is written as its text. */
const inDelta = ({ name, type }: TypedColumn): string => {
  const column = quoteIdentifier(name)
  return fromDuckType(type) === undefined ? `CAST(${column} AS VARCHAR) AS ${column}` : column
}

/** Decimals and integers past 2^53 as texts: who reads numbers of JSON as doubles would lose digits. Instants as ISO 8601 has them. */
const inJson = ({ name, type }: TypedColumn): string => {
  const column = quoteIdentifier(name)
  if (/^TIMESTAMP(?:TZ| WITH TIME ZONE)$/.test(type))
    return `regexp_replace(CAST(${column} AS VARCHAR), '^(\\S+) (\\S+)[+]00$', '\\1T\\2Z') AS ${column}`
  return /^(?:DECIMAL|BIGINT|UBIGINT|HUGEINT|UHUGEINT)/.test(type) ? `${exactInJson(column, type)} AS ${column}` : column
}

const exactInJson = (column: string, type: string): string =>
  type.startsWith('DECIMAL')
    ? `CAST(${column} AS VARCHAR)`
    : `CASE WHEN abs(${column}) <= 9007199254740991 THEN to_json(${column}) ELSE to_json(CAST(${column} AS VARCHAR)) END`

/** What a file says of its columns, by a look at its beginning. */
async function kindsOf(connection: DuckConnection, file: FileAtHand, format: FileFormat, context: ReadContext): Promise<Kinds> {
  const reader = await readerOf(format.kind)
  const { columns: _, ...detected } = await reader.sniff(file, format, context)
  const part = (await beginningOf(file, format, detected, context.workFolder)) ?? { file, format }
  await using opened = await reader.open(connection, part.file, part.format, context)
  const { sample } = await textsOf(connection, opened.columns, opened.numbered)
  return likelyKinds(sample, opened, part.format, part.file)
}

/** Each row that is not written: where it stands, why, and what stands there. */
async function writeQuarantine(
  connection: DuckConnection,
  { refused, messages }: OpenFile,
  broken: string | undefined,
  path: string,
): Promise<number> {
  const said = Object.entries(messages).map(([rule, message]) => `WHEN ${quoteLiteral(rule)} THEN ${quoteLiteral(message)}`)
  const reason = said.length === 0 ? 'rule' : `CASE rule ${said.join(' ')} ELSE rule END`
  const selects = [
    ...(broken === undefined
      ? []
      : [`SELECT line, rule, reason, "column", value, to_json(faults) AS faults, CAST(cells AS JSON) AS cells FROM (${broken})`]),
    ...(refused === undefined
      ? []
      : [
          `SELECT row_number AS line, rule, ${reason} AS reason, place AS "column", NULL AS value, NULL AS faults, CAST(cells AS JSON) AS cells FROM (${refused})`,
        ]),
  ]
  if (selects.length === 0) return 0
  return await connection.run(
    `COPY (SELECT * FROM (${selects.join(' UNION ALL ')}) ORDER BY line) TO ${quoteLiteral(path)} (FORMAT json, ARRAY false)`,
  )
}
