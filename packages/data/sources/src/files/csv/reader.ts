import type { CsvFormat } from '@sluice/author'
import type { Json } from '@sluice/core'
import { openText, sampleText, type TextSample } from '../bytes/text-file.ts'
import { findConventions, type Texts } from '../cells/conventions.ts'
import type { FileAtHand, Found, OpenFile, ReadContext, Reader } from '../reader.ts'
import { type ColumnNames, uniqueNames } from '../records/names.ts'
import { refusalMessages } from './refusals.ts'
import { rewrite } from './rewrite.ts'
import { selectPlain, selectRewritten } from './select.ts'
import { type Sniffed, sniff } from './sniff.ts'
import { survey } from './survey.ts'

export const reader: Reader<CsvFormat> = {
  kind: 'csv',
  async sniff(file, format, context) {
    const look = await lookAt(file, format, context)
    return { ...look.found, columns: look.names.map((name): Json => name) }
  },
  async open(connection, file, format, context): Promise<OpenFile> {
    const { sniffed, names, found, sample } = await lookAt(file, format, context)
    await using stack = new AsyncDisposableStack()
    const text = stack.use(await openText(file, format, context))
    const { dialect, layout } = sniffed
    const surveyed = await survey(text, dialect, layout, context.signal)
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
    const kept = stack.move()
    return {
      found: { ...found, lineEnds: surveyed.plain ? plainEnds(surveyed.lineEnd) : (rewritten?.lineEnds ?? 'none'), ...conventions.found },
      columns,
      rows: conventions.rows(selects.rows),
      numbered: conventions.numbered(selects.numbered),
      refused: rewritten !== undefined && rewritten.refusals.count() > 0 ? rewritten.refusals.select() : undefined,
      messages: refusalMessages,
      recovered: () => Promise.resolve(rewritten?.recovered ?? {}),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    }
  },
}

const plainEnds = (lineEnd: '\n' | '\r\n' | ''): string => (lineEnd === '\n' ? 'lf' : lineEnd === '' ? 'none' : 'crlf')

interface Look {
  readonly sniffed: Sniffed
  readonly names: readonly string[]
  readonly found: Found
  readonly sample: Pick<Texts, 'sample' | 'whole'>
}

async function lookAt(file: FileAtHand, format: CsvFormat, context: ReadContext): Promise<Look> {
  const sample = await sampleText(file, format)
  const sniffed = sniff({
    name: file.name,
    head: sample.head.toString(),
    whole: sample.whole,
    further: sample.further.map((piece) => piece.toString()),
    format,
    isWanted: (name) => context.wanted?.(name) !== undefined,
  })
  const { names, renamed } = namesOf(format, sniffed)
  return { sniffed, names, found: foundOf(sample, sniffed, renamed), sample: cellsOf(sniffed, sample.whole) }
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
