import { isUtf8 } from 'node:buffer'
import type { JsonPath } from '@sluice/author'
import type { SluiceError } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import { keptOfLong, longestLine } from '../records/lines.ts'
import type { RecordOutput } from '../records/output.ts'
import { emptyWindow, takeIn } from '../records/window.ts'
import { lineFeed } from './characters.ts'
import type { KnownColumns } from './columns.ts'
import { firstBadByte, shownRecord } from './faults.ts'
import { recordReader } from './record.ts'
import { deepest } from './value.ts'
import { type DocumentFault, documentWalk, WalkFault } from './walk.ts'

/** What was seen of a document. */
export interface SeenDocument {
  readonly records: number
  readonly refused: number
  /** Where the rows are; `undefined` where no list of objects was found. */
  readonly path: string | undefined
  readonly emptyLists: readonly string[]
  /** Whether the whole is an object. */
  readonly isObject: boolean
  readonly longest: number
}

/**
 * Reads one JSON document. A row that is JSON but cannot be one is refused. A document that is not JSON anywhere is refused as a whole:
 * nothing says what else is missing of it. Of one that is not `isWhole`, the end may be missing.
 * @throws `file.damaged`, `file.ambiguous`, `file.limit`
 */
export async function readDocument(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  rows: JsonPath | undefined,
  columns: KnownColumns,
  output: RecordOutput,
  isWhole = true,
): Promise<SeenDocument> {
  const window = emptyWindow()
  const reader = recordReader(columns, output.records)
  const seen = { records: 0, refused: 0 }
  /** Bytes of the file before those at hand, and where the line at hand began. */
  let before = 0
  let row: { at: number; readonly line: number; tooLong?: Buffer } | undefined

  const walk = documentWalk(rows, {
    begins(at) {
      row = { at, line: walk.line }
    },
    ends(at) {
      if (row === undefined) return
      const { at: start, line, tooLong } = row
      row = undefined
      if (tooLong === undefined) readRow(start, at, line)
      else refuse(line, tooLong, { fault: 'size', at: 0 })
    },
    scalar: (text, line) => refuse(line, text, { fault: 'object', at: 0 }),
  })

  function readRow(start: number, end: number, line: number): void {
    const text = window.bytes.subarray(start, end)
    const count = isUtf8(text) ? reader.read(window.bytes, start, end, line) : undefined
    if (count === undefined) refuse(line, text, { fault: 'encoding', at: firstBadByte(text) })
    else if (typeof count === 'number') seen.records += count
    else if (count.fault === 'json') throw notJson(start, count.at, line)
    else refuse(line, text, { ...count, at: count.at - start })
  }

  function refuse(line: number, text: Buffer, fault: Parameters<typeof shownRecord>[1]): void {
    seen.refused++
    output.refuse({ row: line, ...shownRecord(text, fault) })
  }

  function notJson(start: number, at: number, line: number): SluiceError {
    const lines = window.bytes.subarray(start, at).filter((byte) => byte === lineFeed).length
    const stands = window.bytes.subarray(at, at + 1).toString('latin1')
    return refusal(
      { kind: 'json', what: `${JSON.stringify(stands)} does not belong there` },
      { name, line: line + lines, byte: before + at + 1 },
    )
  }

  function guarded(work: () => void): void {
    try {
      work()
    } catch (thrown) {
      throw thrown instanceof WalkFault ? refusal(thrown.fault, { name, line: walk.line, byte: before + walk.place + 1 }) : thrown
    }
  }

  for await (const piece of pieces) {
    const from = window.to - window.from
    before += window.from
    takeIn(window, piece)
    if (row !== undefined) row.at = 0
    guarded(() => walk.on(window.bytes, from, window.to))
    window.from = row?.at ?? window.to
    if (row !== undefined && window.to - row.at > longestLine) {
      row.tooLong ??= Buffer.from(window.bytes.subarray(row.at, row.at + keptOfLong))
      window.from = window.to
    }
    await output.flush()
  }
  if (isWhole) guarded(() => walk.finish())
  return { ...seen, path: walk.path, emptyLists: walk.emptyLists, isObject: walk.isObject, longest: reader.longest() }
}

/** Where a document is at fault: the byte in its text, from 1. */
interface FaultPlace {
  readonly name: string
  readonly line: number
  readonly byte: number
}

function refusal(fault: DocumentFault, { name, line, byte }: FaultPlace): SluiceError {
  const at = `${name}: line ${line} (byte ${byte.toLocaleString('en-US')} of the text)`
  const facts = { file: name, line, byte }
  switch (fault.kind) {
    case 'json':
      return fileErrors.damaged(`${at}: it is not JSON here: ${fault.what}.`, {
        facts,
        next: 'Get the file anew where it is cut off. JSON has no trailing commas, comments, NaN or Infinity (RFC 8259).',
      })
    case 'behind':
      return fileErrors.damaged(`${at}: it goes on behind the end of its document.`, {
        facts,
        next: fault.isObject ? 'Declare it as jsonLines() where each line is an object.' : 'Take away what stands behind the document.',
      })
    case 'deep':
      return fileErrors.limit(`${at}: it is nested more than ${deepest} levels deep.`, { facts, next: 'Read a file that is less deep.' })
    case 'long':
      return fileErrors.limit(`${at}: a value outside of the rows is longer than 1 MiB.`, {
        facts,
        next: 'Say where the rows are: jsonFile({ rows: "$.data[*]" }).',
      })
    case 'other':
      return fileErrors.damaged(`${at}: ${fault.path} is ${fault.is}, where a list of rows is declared.`, {
        facts,
        next: `Declare rows: "${fault.path}" where the object is the row, or look at what the source sent.`,
      })
    case 'again': {
      const [first, second] = fault.paths
      const what = first === second ? `${first} stands there twice` : `rows may be ${first} or ${second}`
      const next =
        first === second ? 'Give each its own name where the file is made.' : `Say which: jsonFile({ rows: ${JSON.stringify(first)} }).`
      return fileErrors.ambiguous(`${at}: ${what}.`, { facts, next })
    }
    default:
      return fault satisfies never
  }
}
