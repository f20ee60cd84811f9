import type { FileHandle } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { TextFile } from '../bytes/text-file.ts'
import { openFile } from '../folder/open-file.ts'
import type { Dialect, Layout } from './dialect.ts'
import { lookerFor, type Survey } from './looker.ts'
import type { Provable } from './provable.ts'

const pieceBytes = 1024 * 1024
const lf = 0x0a

/** What is to be looked at, as plain data: a thread is given it. */
export interface Part {
  readonly path: string
  /** Where a line begins. */
  readonly from: number
  /** Behind the end of a line; `undefined` for the end of the file. */
  readonly to: number | undefined
  /** Of a part behind it: the line that names the columns. */
  readonly names: Uint8Array | undefined
  readonly dialect: Dialect
  readonly layout: Layout
  readonly columns: readonly (Provable | undefined)[]
}

/** A thread starts in the time in which some megabytes are looked at. */
const bytesOfThread = 32 * 1024 * 1024
const mostThreads = 4
const threadsFor = (bytes: number): number => Math.max(1, Math.min(mostThreads, availableParallelism(), Math.floor(bytes / bytesOfThread)))

/**
 * Looks at each byte of a text, in flat memory, parts of a large one side by side.
 * @param columns how the texts of each may be found to be written
 */
export async function survey(
  text: TextFile,
  dialect: Dialect,
  layout: Layout,
  signal: AbortSignal | undefined,
  columns: readonly (Provable | undefined)[] = [],
  threads: number = threadsFor(text.bytes),
): Promise<Survey> {
  const looker = lookerFor(dialect, layout)
  if ('plain' in looker) return looker
  const [first, ...others] = await partsOf(text, { dialect, layout, columns }, threads)
  const ending = new AbortController()
  const stop = signal === undefined ? ending.signal : AbortSignal.any([ending.signal, signal])
  const besides = others.map((part) => beside(part, stop))
  // What one of them throws is heard where all are waited for.
  for (const each of besides) each.catch(() => undefined)
  try {
    const own = await surveyPart(first, signal)
    return own.plain ? joined(own, await Promise.all(besides), layout) : own
  } finally {
    ending.abort()
  }
}

/** The same of a text that is at hand as a whole. */
export function surveyBytes(text: Buffer, dialect: Dialect, layout: Layout): Survey {
  const looker = lookerFor(dialect, layout)
  if ('plain' in looker) return looker
  const why = looker.look(text)
  return why === undefined ? looker.end(true) : { plain: false, why, line: looker.lines() + 1 }
}

export async function surveyPart(
  { path, from, to, names, dialect, layout, columns }: Part,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const looker = lookerFor(dialect, layout, columns, names)
  if ('plain' in looker) return looker
  await using handle = await openFile(path)
  const { size } = await handle.stat()
  // Many files are small, and room that is not needed is the work of the garbage collector.
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, size + 16))
  // The line that the end of a piece cuts is looked at with the next one, or of a long one the character.
  let kept = 0
  for (let position = from; ; ) {
    signal?.throwIfAborted()
    const room = Math.min(buffer.length - kept, (to ?? Number.POSITIVE_INFINITY) - position)
    const bytesRead = room === 0 ? 0 : (await handle.read(buffer, kept, room, position)).bytesRead
    position += bytesRead
    const length = kept + bytesRead
    const isLast = bytesRead === 0
    const end = isLast ? length : buffer.lastIndexOf(lf, length - 1) + 1 || length - cutCharacter(buffer, length)
    const why = looker.look(buffer.subarray(0, end))
    if (why !== undefined) return { plain: false, why, line: looker.lines() + 1 }
    if (isLast) return looker.end(to === undefined)
    buffer.copyWithin(0, end, length)
    kept = length - end
  }
}

type Given = Pick<Part, 'dialect' | 'layout' | 'columns'>

/** Parts of about one size, cut behind line ends. The first one has the line that names the columns. */
async function partsOf({ path, start, bytes }: TextFile, given: Given, most: number): Promise<readonly [Part, ...Part[]]> {
  const whole: Part = { path, from: start, to: undefined, names: undefined, ...given }
  if (most < 2) return [whole]
  await using handle = await openFile(path)
  const firstEnd = await lineEndFrom(handle, start)
  if (firstEnd === undefined) return [whole]
  const cuts = new Set<number>()
  for (let part = 1; part < most; part++) {
    const end = await lineEndFrom(handle, Math.max(firstEnd + 1, start + Math.floor((bytes * part) / most)))
    if (end !== undefined) cuts.add(end + 1)
  }
  const names = given.layout.header ? await bytesBetween(handle, start, firstEnd) : undefined
  const ends = [...cuts, undefined]
  return [{ ...whole, to: ends[0] }, ...[...cuts].map((from, at) => ({ ...whole, from, to: ends[at + 1], names }))]
}

/** `undefined` where the line goes on for longer than a piece. */
async function lineEndFrom(handle: FileHandle, from: number): Promise<number | undefined> {
  const at = (await bytesBetween(handle, from, from + pieceBytes)).indexOf(lf)
  return at === -1 ? undefined : from + at
}

async function bytesBetween(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(to - from), 0, to - from, from)
  return buffer.subarray(0, bytesRead)
}

/** In a thread, and by ourselves where that does not end well: what is wrong is told here as of any other file. */
async function beside(part: Part, signal: AbortSignal): Promise<Survey> {
  try {
    return await inThread(part, signal)
  } catch {
    return await surveyPart(part, signal)
  }
}

async function inThread(part: Part, signal: AbortSignal): Promise<Survey> {
  const thread = new Worker(fileURLToPath(import.meta.resolve('@sluice/sources/survey-thread')), { workerData: part })
  try {
    return await new Promise<Survey>((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  } finally {
    await thread.terminate()
  }
}

/** What is found of a text by what is found of its parts, in their order. */
function joined(first: Extract<Survey, { plain: true }>, others: readonly Survey[], { header }: Layout): Survey {
  let all = first
  for (const part of others) {
    const lines = all.records + (header ? 1 : 0)
    if (!part.plain) return { ...part, line: lines + part.line }
    if (part.lineEnd !== '' && part.lineEnd !== all.lineEnd) return { plain: false, why: 'line', line: lines + 1 }
    all = {
      ...all,
      records: all.records + part.records,
      longest: Math.max(all.longest, part.longest),
      quoted: all.quoted || part.quoted,
      proved: all.proved.map((each, at) => each && part.proved[at] === true),
    }
  }
  return all
}

/** How many bytes at the end begin a character that goes on behind it. */
export function cutCharacter(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] ?? 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}
