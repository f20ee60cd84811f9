import { type FileSource, type Pull, soundKeyOf } from '@sluice/author'
import { type FileFact, given } from '@sluice/core'
import { interruptible } from '@sluice/duckdb'
import { byKeyOf, type JudgedRows, type Lake, type LakeBatches } from '@sluice/lake'
import { endOf, type FileEnd, type FileToWrite, mayBeOfFile, whyLeft, writtenEnd } from './file-end.ts'
import { aloneFrom, groupsOf } from './groups.ts'
import { atMostOf, type FileOfBatch, factOf, type Judging, judgeFiles, NotAsExpected, planFile, refusedRecords } from './judge-files.ts'
import { asTyped, type OpenFileOptions, openPulled, outputOf, withAdded } from './open-file.ts'
import { afterRound, type Round, type RoundOutcome } from './rounds.ts'

export interface WriteFilesOptions extends Omit<OpenFileOptions, 'connection'> {
  readonly pull: Pull & { readonly from: FileSource }
  readonly lake: Lake
}

/**
 * Reads files and writes each as its batch, in their order. Those of a table without a key share commits. Where rows of a key go by the
 * order of their files alone, nothing is read behind a file that could not be.
 */
export async function* writeFiles(files: readonly FileToWrite[], options: WriteFilesOptions): AsyncGenerator<FileEnd, void, undefined> {
  const { key, facts } = options.pull.into
  if (key.length > 0) {
    for (const file of files) {
      const end = await writeAlone(file, options)
      yield end
      if ('error' in end && facts.order === undefined) return
    }
    return
  }
  const waiting = [...groupsOf(files)]
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    const { ends, next } = await writeTogether(group, options)
    yield* ends
    waiting.unshift(...next)
  }
}

/** What a connection of the lake is for: files are opened on it, judged there, and it ends with the write. */
async function openOn(connection: OpenFileOptions['connection'], files: readonly FileToWrite[], options: WriteFilesOptions) {
  const opened: FileOfBatch[] = []
  const ends: FileEnd[] = []
  for (const { listed, write, first } of files) {
    options.signal?.throwIfAborted()
    try {
      opened.push({ ...(await openPulled(listed, { ...options, connection, ...given({ first }) })), batch: write.batch })
    } catch (thrown) {
      ends.push(await endOf(listed, thrown, options.folder))
    }
  }
  return { opened, ends, close: async () => await Promise.all(opened.map(({ open }) => open[Symbol.asyncDispose]())) }
}

const judgingOf = ({ pull, folder }: WriteFilesOptions, files: readonly FileOfBatch[]): Judging => ({
  into: withAdded(pull.into, new Set(files.flatMap(({ map }) => [...map.added.keys()]))),
  source: pull.from,
  folder,
  ofEqual: pull.into.key.length > 0 ? 'last' : 'first',
})

/** One commit of files, and what is to be written after it. */
async function writeTogether(files: readonly FileToWrite[], options: WriteFilesOptions): Promise<Round> {
  const { lake, pull, folder } = options
  using batches = await lake.batches(
    pull.into.name,
    files.map(({ write }) => write),
  )
  const free = new Set(batches.writes.map(({ batch }) => batch))
  const taken = files
    .filter(({ write }) => !free.has(write.batch))
    .map(({ listed }): FileEnd => ({ listed, left: 'another pull has taken it' }))
  const { opened, ends, close } = await openOn(
    batches.connection,
    files.filter(({ write }) => free.has(write.batch)),
    options,
  )
  const before = [...taken, ...ends]
  const [first, second] = opened
  if (first === undefined) return { ends: before, next: [] }
  try {
    const known = new Set(opened.map(({ batch }) => batch))
    const after = afterRound(
      files.filter(({ write }) => known.has(write.batch)),
      await commitAlike(batches, first, opened, options),
    )
    return { ends: [...before, ...after.ends], next: after.next }
  } catch (thrown) {
    if (second !== undefined) throw thrown
    return { ends: [...before, await endOf(first.listed, thrown, folder)], next: [] }
  } finally {
    await close()
  }
}

/** Files of one commit are one statement: those whose columns have other types than the first one's come in a later one. */
async function commitAlike(
  batches: LakeBatches,
  first: FileOfBatch,
  opened: readonly FileOfBatch[],
  options: WriteFilesOptions,
): Promise<RoundOutcome> {
  const { pull, folder, signal } = options
  const { connection } = batches
  const judging = judgingOf(options, opened)
  const form = (file: FileOfBatch): string => JSON.stringify(outputOf(file, judging.into))
  const alike = opened.filter((file) => form(file) === form(first))
  const only = new Set(alike.map(({ batch }) => batch))
  const facts = new Map<string, FileFact>(alike.map((file) => [file.batch, file.fact]))
  const streams = alike.length === 1 && first.listed.bytes >= aloneFrom
  try {
    const { receipts, refused } = await interruptible(connection, signal, () =>
      batches.finish({
        columns: judging.into.columns,
        only,
        files: facts,
        atMost: { share: atMostOf(pull.into) },
        ...given({ soundKey: soundKeyOf(pull.into) }),
        ...(streams ? given({ hopeful: planFile({ ...first, ...asTyped(first, judging.into) }, judging, false).hopeful }) : {}),
        async sound() {
          if ((await whyLeft(first.listed, folder)) !== undefined || (await refusedRecords(connection, [first])).size > 0) return false
          facts.set(first.batch, factOf(first, await first.open.recovered(), []))
          return true
        },
        judge: async () => {
          const judged = await judgeFiles(connection, alike, judging)
          for (const [batch, fact] of judged.facts) facts.set(batch, fact)
          return judged
        },
      }),
    )
    return { is: 'committed', of: only, receipts, refused }
  } catch (thrown) {
    if (thrown instanceof NotAsExpected) return { is: 'not as expected', refused: thrown.refused, left: thrown.left }
    if (opened.length > 1 && mayBeOfFile(thrown)) return { is: 'unreadable' }
    throw thrown
  }
}

/** One file of a table that goes by its key. */
async function writeAlone(file: FileToWrite, options: WriteFilesOptions): Promise<FileEnd> {
  const { lake, pull, signal } = options
  const { listed, write } = file
  using batch = await lake.batch(write)
  if (batch.receipt !== undefined) return { listed, left: 'another pull has taken it' }
  const { connection } = batch
  const { opened, ends, close } = await openOn(connection, [file], options)
  const [first] = opened
  if (first === undefined) return ends[0] ?? { listed, left: 'it is not there any more' }
  try {
    const judging = judgingOf(options, opened)
    const receipt = await interruptible(connection, signal, () =>
      batch.finish({
        columns: judging.into.columns,
        mode: byKeyOf(pull.into),
        file: first.fact,
        atMost: { share: atMostOf(pull.into) },
        ...given({ soundKey: soundKeyOf(pull.into) }),
        judge: async (): Promise<JudgedRows> => {
          const judged = await judgeFiles(connection, opened, judging)
          const { good, broken, messages, facts: read } = judged
          const file = read.get(write.batch)
          const counts = judged.counts.get(write.batch) ?? { rowsIn: 0, rowsQuarantined: 0 }
          return {
            good: `SELECT * EXCLUDE (_batch) FROM (${good})`,
            broken: `SELECT * EXCLUDE (batch) FROM (${broken})`,
            messages,
            counts,
            file,
          }
        },
      }),
    )
    return writtenEnd(listed, receipt, [file])
  } catch (thrown) {
    if (!(thrown instanceof NotAsExpected)) return await endOf(listed, thrown, options.folder)
    const error = thrown.refused.get(write.batch)
    return error === undefined ? { listed, left: thrown.left.get(write.batch) ?? 'it was written to while it was read' } : { listed, error }
  } finally {
    await close()
  }
}
