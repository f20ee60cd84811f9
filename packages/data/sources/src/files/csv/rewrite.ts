import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unreachable } from '@sluice/core'
import { fileErrors } from '../../errors.ts'
import type { TextFile } from '../bytes/text-file.ts'
import { openFile } from '../folder/open-file.ts'
import type { ReadContext } from '../reader.ts'
import { hasMark } from '../records/lines.ts'
import type { Dialect, Layout } from './dialect.ts'
import { freeMarks, type Marks, usualMarks } from './marks.ts'
import { behindLine, recordParser, roomBeside } from './parse.ts'
import { openRefusals, type Refusals } from './refusals.ts'
import { cutCharacter } from './survey.ts'
import { type Window, windowOver } from './window.ts'

/**
 * A text of any kind as one that DuckDB reads without a question: a line a record, with the number of the line of the file at which it
 * begins and its cells, between marks that no cell has. Nothing is quoted. Line ends within cells are marks, too.
 */
export interface Rewritten extends AsyncDisposable {
  readonly path: string
  readonly marks: Marks
  /** Columns, from 0, that have a line end in a cell. */
  readonly broken: ReadonlySet<number>
  readonly records: number
  /** Bytes of the longest line. */
  readonly longest: number
  readonly refusals: Refusals
  /** What was put right or left out and loses nothing, by what it was. */
  readonly recovered: Readonly<Record<string, number>>
  readonly lineEnds: LineEnds
}

export type LineEnds = 'lf' | 'crlf' | 'cr' | 'mixed' | 'none'

/** A record may be so long. A quote that is never closed would make one record of all that comes behind it. */
export const longestRecord = 128 * 1024 * 1024

const pieceBytes = 1024 * 1024

type Folder = Pick<ReadContext, 'workFolder' | 'signal'>

export async function rewrite(
  text: TextFile,
  name: string,
  dialect: Dialect,
  layout: Layout,
  folder: Folder,
  most: number = longestRecord,
): Promise<Rewritten> {
  const usual = await rewriteBy(usualMarks, text, name, dialect, layout, folder, most)
  if (usual !== undefined) return usual
  const marks = await freeMarks(text)
  const other = marks === undefined ? undefined : await rewriteBy(marks, text, name, dialect, layout, folder, most)
  if (other !== undefined) return other
  throw fileErrors.unsupported(`${name}: its cells have all control characters of ASCII`, {
    facts: { file: name },
    next: 'Look whether the file is text at all.',
  })
}

/** `undefined`: a cell has one of the marks. */
async function rewriteBy(
  marks: Marks,
  text: TextFile,
  name: string,
  dialect: Dialect,
  layout: Layout,
  folder: Folder,
  most: number,
): Promise<Rewritten | undefined> {
  const path = join(folder.workFolder, `csv-${randomUUID()}`)
  const refusals = await openRefusals(folder.workFolder)
  const dispose = async (): Promise<void> => {
    await refusals[Symbol.asyncDispose]()
    await rm(path, { force: true })
  }
  try {
    await using input = await openFile(text.path)
    await using output = await open(path, 'wx')
    const done = await rewriteInto(
      name,
      output,
      windowOver(input, text.start, pieceBytes),
      dialect,
      layout,
      marks,
      refusals,
      most,
      folder.signal,
    )
    if (done === undefined) await dispose()
    return done === undefined ? undefined : { ...done, path, marks, refusals, [Symbol.asyncDispose]: dispose }
  } catch (thrown) {
    await dispose()
    throw thrown
  }
}

type Done = Pick<Rewritten, 'broken' | 'records' | 'longest' | 'recovered' | 'lineEnds'>

async function rewriteInto(
  name: string,
  output: FileHandle,
  window: Window,
  dialect: Dialect,
  layout: Layout,
  marks: Marks,
  refusals: Refusals,
  most: number,
  signal: AbortSignal | undefined,
): Promise<Done | undefined> {
  const parser = recordParser(dialect, layout, marks)
  const uncommented = dialect.commentIsFound === true ? recordParser({ ...dialect, comment: '' }, layout, marks) : undefined
  const counts = { records: 0, longest: 0, blank: 0, comments: 0, headers: 0, marks: 0 }
  let out = Buffer.allocUnsafe(4 * pieceBytes)
  let [at, outAt] = [0, 0]
  /** Behind a quote that was wrong, up to where that was seen, the lines are read again: there a quote within a cell is wrong, too. */
  let strictUntil = 0
  /** Whether all bytes at hand are UTF-8. */
  let clean = true
  let header: Buffer | undefined
  let skip = layout.skip

  const write = async (): Promise<void> => {
    for (let done = 0; done < outAt; ) done += (await output.write(out, done, outAt - done)).bytesWritten
    outAt = 0
  }
  const readOn = async (): Promise<void> => {
    signal?.throwIfAborted()
    await refusals.flush()
    await window.more(at)
    at = 0
    clean = isUtf8(window.bytes.subarray(0, window.length - (window.isLast ? 0 : cutCharacter(window.bytes, window.length))))
  }
  const pass = (): void => {
    parser.line += parser.lines
    at = parser.next
  }
  /** Refuses the line that `at` stands in. `false`: its end is not at hand. */
  const refuseLine = (rule: 'record(quote)' | 'record(size)'): boolean => {
    const next = behindLine(window.bytes, window.length, at, window.isLast)
    if (next === undefined) return false
    refusals.add(parser.line, rule, window.bytes.subarray(at, next))
    parser.line++
    at = next
    return true
  }

  await readOn()
  for (;;) {
    if (at >= window.length) {
      if (window.isLast) break
      await readOn()
      continue
    }
    if (skip > 0) {
      const next = behindLine(window.bytes, window.length, at, window.isLast)
      if (next === undefined) {
        await readOn()
        continue
      }
      at = next
      skip--
      parser.line++
      continue
    }
    if (window.bytes[at] === 0xef && at + 3 > window.length && !window.isLast) {
      await readOn()
      continue
    }
    // Files that were joined have one before each of them.
    if (hasMark(window.bytes, at)) {
      at += 3
      counts.marks++
      continue
    }
    const visible = Math.min(window.length, at + pieceBytes)
    let reach = visible
    const parseTo = async (end: number) => {
      const isLast = window.isLast && end === window.length
      return parser.parse(window.bytes, end, at, isLast, await room(end), outAt, window.base + at < strictUntil)
    }
    let outcome = await parseTo(reach)
    while (outcome === 'more' && reach < window.length) {
      reach = Math.min(window.length, at + 2 * (reach - at))
      outcome = await parseTo(reach)
    }
    if (outcome === 'mark') return undefined
    if (outcome === 'more') {
      if (window.length - at > most) await refuseLong()
      else await readOn()
      continue
    }
    if (header === undefined && layout.header && outcome !== 'blank' && outcome !== 'comment') {
      if (outcome === 'quote' || outcome === 'unclosed') throw brokenHeader(name, parser.line)
      header = Buffer.from(window.bytes.subarray(at, parser.end))
      pass()
      continue
    }
    switch (outcome) {
      case 'record': {
        const raw = window.bytes.subarray(at, parser.end)
        if (!clean && !isUtf8(raw)) refusals.add(parser.line, 'record(encoding)', raw)
        else if (header?.length === raw.length && header.equals(raw)) counts.headers++
        else {
          counts.records++
          counts.longest = Math.max(counts.longest, parser.outEnd - outAt)
          outAt = parser.outEnd
        }
        pass()
        break
      }
      case 'few':
      case 'many':
      case 'nul':
        refusals.add(parser.line, `record(${outcome})`, window.bytes.subarray(at, parser.end))
        pass()
        break
      case 'quote':
      case 'unclosed':
        strictUntil = Math.max(strictUntil, window.base + parser.next + 1)
        if (!refuseLine('record(quote)')) await readOn()
        break
      case 'comment':
        if (await mayBeRecord()) refusals.add(parser.line, 'record(comment)', window.bytes.subarray(at, parser.next))
        else counts.comments++
        pass()
        break
      case 'blank':
        counts.blank++
        pass()
        break
      default:
        unreachable(outcome)
    }
  }
  await write()
  await refusals.flush()
  return {
    records: counts.records,
    longest: counts.longest,
    broken: new Set([...parser.broken.keys()].filter((column) => parser.broken[column] === 1)),
    recovered: recoveredOf({ ...counts, padded: parser.padded }),
    lineEnds: lineEndsOf(parser.ends),
  }

  /** Before the header all comments are comments. */
  async function mayBeRecord(): Promise<boolean> {
    if (uncommented === undefined || (layout.header && header === undefined)) return false
    const outcome = uncommented.parse(window.bytes, parser.next, at, true, await room(parser.next), outAt, true)
    return outcome === 'record' || outcome === 'mark'
  }

  /** The output with room for the record at hand, as far as it is seen. */
  async function room(reach: number): Promise<Buffer> {
    const needed = reach - at + roomBeside
    if (outAt + needed > out.length) await write()
    if (needed > out.length) out = Buffer.allocUnsafe(2 * needed)
    return out
  }

  /** A line that is longer than may be is passed over piece by piece. */
  async function refuseLong(): Promise<void> {
    if (refuseLine('record(size)')) {
      strictUntil = Math.max(strictUntil, window.base + window.length)
      return
    }
    refusals.add(parser.line, 'record(size)', window.bytes.subarray(at, at + pieceBytes))
    for (;;) {
      const next = behindLine(window.bytes, window.length, at, window.isLast)
      if (next !== undefined) {
        at = next
        parser.line++
        return
      }
      // A carriage return at the very end is looked at again with what comes behind it.
      at = window.bytes[window.length - 1] === 0x0d ? window.length - 1 : window.length
      await readOn()
    }
  }
}

const brokenHeader = (name: string, line: number) =>
  fileErrors.damaged(`${name}: a quote is not closed, or text stands behind one that closes, in line ${line}, which names the columns`, {
    facts: { file: name, line },
    next: 'Mend the line, or say the names: header: [...], skip: <lines up to there>.',
  })

const lineEndsOf = (ends: number): LineEnds => (({ 0: 'none', 1: 'lf', 2: 'crlf', 4: 'cr' }) as const)[ends as 0 | 1 | 2 | 4] ?? 'mixed'

function recoveredOf(counts: { blank: number; comments: number; headers: number; marks: number; padded: number }): Record<string, number> {
  const all = {
    'blank line': counts.blank,
    comment: counts.comments,
    'repeated header': counts.headers,
    'byte order marks inside of the file': counts.marks,
    'spaces behind a quote': counts.padded,
  }
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0))
}
