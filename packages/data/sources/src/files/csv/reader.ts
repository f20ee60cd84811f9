import type { CsvFormat } from '@sluice/author'
import { given, type Json } from '@sluice/core'
import { quoteIdentifier } from '@sluice/duckdb'
import { openText, sampleText, type TextSample, textAsItIs } from '../bytes/text-file.ts'
import { type Conventions, findConventions, type Texts } from '../cells/conventions.ts'
import type { FileAtHand, Found, HeldRecords, OpenFile, ReadContext, Reader } from '../reader.ts'
import { type ColumnNames, uniqueNames } from '../records/names.ts'
import { provableOf } from './provable.ts'
import { refusalMessages } from './refusals.ts'
import { longestRecord, rewrite } from './rewrite.ts'
import { selectPlain, selectRewritten, selectTyped } from './select.ts'
import { type Sniffed, sniff } from './sniff.ts'
import { survey, surveyBytes } from './survey.ts'

export const reader: Reader<CsvFormat> = {
  kind: 'csv',
  async sniff(file, format, context) {
    const look = await lookAt(file, format, context)
    return { ...look.found, columns: look.names.map((name): Json => name) }
  },
  async open(connection, file, format, context): Promise<OpenFile> {
    const { sniffed, names, found, bytes, sample } = await lookAt(file, format, context)
    await using stack = new AsyncDisposableStack()
    const text = stack.use(textAsItIs(file, bytes) ?? (await openText(file, format, context)))
    const { dialect, layout } = sniffed
    const provable = names.map((name) => {
      const type = context.target?.(name)
      return type && provableOf(type)
    })
    const seen = bytes.whole ? surveyBytes(bytes.head, dialect, layout) : await survey(text, dialect, layout, context.signal, provable)
    // DuckDB would hold two lines of such a length; rewriting refuses it with its line.
    const surveyed = seen.plain && seen.longest > longestRecord ? ({ plain: false, why: 'line', line: 1 } as const) : seen
    const rewritten = surveyed.plain ? undefined : stack.use(await rewrite(text, file.name, dialect, layout, context))
    const texts = rewritten === undefined && surveyed.plain ? selectPlain(text, dialect, layout, names, surveyed) : undefined
    const selects = texts ?? selectRewritten(rewritten as NonNullable<typeof rewritten>, names)
    const columns = names.map((name) => ({ name, type: 'VARCHAR' }))
    const counted = surveyed.plain && surveyed.records === sample.sample.length
    const conventions = await findConventions(
      connection,
      file,
      columns,
      { ...sample, counted, numbered: selects.numbered },
      format,
      context,
    )
    const proved = provable.map((each, at) => (surveyed.plain && surveyed.proved[at] && conventions.leavesAlone(at) ? each : undefined))
    const typed =
      surveyed.plain && proved.some((each) => each !== undefined)
        ? {
            columns: names.map((name, at) => ({ name, type: proved[at]?.type ?? 'VARCHAR' })),
            rows: conventions.rows(selectTyped(text, dialect, layout, names, surveyed, proved)),
          }
        : undefined
    const isHeld = bytes.whole && counted && bytes.head.length <= mostHeld
    const kept = stack.move()
    return {
      found: { ...found, lineEnds: surveyed.plain ? plainEnds(surveyed.lineEnd) : (rewritten?.lineEnds ?? 'none'), ...conventions.found },
      columns,
      rows: conventions.rows(selects.rows),
      ...given({ typed }),
      numbered: conventions.numbered(selects.numbered),
      refused: rewritten !== undefined && rewritten.refusals.count() > 0 ? rewritten.refusals.select() : undefined,
      ...(isHeld ? { held: heldOf(sample.sample, names, conventions) } : {}),
      messages: refusalMessages,
      recovered: () => Promise.resolve(rewritten?.recovered ?? {}),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    }
  },
}

/** Bytes of a text whose records are kept: some hundred such files are open at once. */
const mostHeld = 64 * 1024

/** In a plain text that the sample has as a whole both readers see the same records, so that those of the sample are those of the file. */
const heldOf = (records: HeldRecords['records'], names: readonly string[], conventions: Conventions): HeldRecords => ({
  records,
  numbered: (table, kept) =>
    conventions.numbered(
      `SELECT ${['_row', ...kept, ...names.map((name, at) => `c${at} AS ${quoteIdentifier(name)}`)].join(', ')} FROM ${table}`,
      kept,
    ),
})

const plainEnds = (lineEnd: '\n' | '\r\n' | ''): string => (lineEnd === '\n' ? 'lf' : lineEnd === '' ? 'none' : 'crlf')

interface Look {
  readonly sniffed: Sniffed
  readonly names: readonly string[]
  readonly found: Found
  readonly bytes: TextSample
  readonly sample: Pick<Texts, 'sample' | 'whole'>
}

async function lookAt(file: FileAtHand, format: CsvFormat, context: ReadContext): Promise<Look> {
  const bytes = await sampleText(file, format)
  const sniffed = sniff({
    name: file.name,
    head: bytes.head.toString(),
    whole: bytes.whole,
    further: bytes.further.map((piece) => piece.toString()),
    format,
    isWanted: (name) => context.wanted?.(name) !== undefined,
  })
  const { names, renamed } = namesOf(format, sniffed)
  return { sniffed, names, found: foundOf(bytes, sniffed, renamed), bytes, sample: cellsOf(sniffed, bytes.whole) }
}

/** The records of the sample as DuckDB gives them: an empty cell is NULL. */
function cellsOf({ records, layout }: Sniffed, whole: boolean): Pick<Texts, 'sample' | 'whole'> {
  const fits = records.filter(({ cells }) => cells.length === layout.width)
  return { whole, sample: fits.map(({ line, cells }) => ({ line, cells: cells.map((cell) => (cell === '' ? null : cell)) })) }
}

function namesOf(format: CsvFormat, { layout, headerCells }: Sniffed): ColumnNames {
  const given = typeof format.header === 'object' ? format.header : headerCells
  if (given !== undefined) return uniqueNames(Array.from({ length: layout.width }, (_, at) => given[at] ?? ''))
  return { names: Array.from({ length: layout.width }, (_, at) => `column_${at + 1}`), renamed: {} }
}

function foundOf(sample: TextSample, { dialect, layout }: Sniffed, renamed: Readonly<Record<string, string>>): Found {
  const { compression, encoding, mark } = sample.found
  return {
    compression,
    encoding,
    ...(mark ? { mark } : {}),
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    ...(dialect.quote === dialect.escape ? {} : { escape: dialect.escape }),
    header: layout.header,
    skip: layout.skip,
    ...(dialect.comment === '' ? {} : { comment: dialect.comment }),
    ...(layout.trailing ? { trailing: true } : {}),
    ...(Object.keys(renamed).length === 0 ? {} : { renamed }),
  }
}
