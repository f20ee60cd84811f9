import { type FileSource, type Pull, soundKeyOf, supersededMs } from '@sluice/author'
import { type BatchWrite, type FileFact, given, type SinkReceipt, SluiceError } from '@sluice/core'
import { interruptible, isOfData, quoteIdentifier } from '@sluice/duckdb'
import type { JudgedRows, Lake } from '@sluice/lake'
import { fileErrors } from '@sluice/sources'
import type { FolderEntry } from '@sluice/sources/folder'
import { aloneFrom, groupsOf } from './groups.ts'
import {
  atMostOf,
  type FileOfBatch,
  factOf,
  isAsItWas,
  type Judging,
  judgeFiles,
  NotAsExpected,
  planFiles,
  refusedRecords,
} from './judge-files.ts'
import { type OpenFileOptions, openPulled, outputOf, withAdded } from './open-file.ts'

/** A file that is to be read, and the write of its batch. */
export interface FileToWrite {
  readonly listed: FolderEntry
  readonly write: BatchWrite
}

/** What has become of a file. */
export type FileEnd =
  | { readonly listed: FolderEntry; readonly receipt: SinkReceipt }
  /** Nothing of it was written. */
  | { readonly listed: FolderEntry; readonly error: SluiceError }
  /** It is left for the next pull. */
  | { readonly listed: FolderEntry; readonly left: string }

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
  for (const group of groupsOf(files)) yield* writeGroup(group, options)
}

/** What a connection of the lake is for: files are opened on it, judged there, and it ends with the write. */
async function openOn(connection: OpenFileOptions['connection'], files: readonly FileToWrite[], options: WriteFilesOptions) {
  const opened: FileOfBatch[] = []
  const ends: FileEnd[] = []
  for (const { listed, write } of files) {
    options.signal?.throwIfAborted()
    try {
      opened.push({ ...(await openPulled(listed, { ...options, connection })), batch: write.batch })
    } catch (thrown) {
      ends.push(await endOf(listed, thrown, options))
    }
  }
  return { opened, ends, close: async () => await Promise.all(opened.map(({ open }) => open[Symbol.asyncDispose]())) }
}

/** Of a fault that is the file's. @throws what is not */
async function endOf(listed: FolderEntry, thrown: unknown, { folder }: WriteFilesOptions): Promise<FileEnd> {
  if (fileErrors.changed.is(thrown)) return { listed, left: 'it was written to while it was read' }
  if (fileErrors.missing.is(thrown) && (await folder.look(listed.path)) === undefined) return { listed, left: 'it is not there any more' }
  if (thrown instanceof SluiceError && /^(?:file|quality)\./.test(thrown.code)) return { listed, error: thrown }
  if (!isOfData(thrown)) throw thrown
  const [, what = String(thrown)] = /^(?:.*?Error: )?([\s\S]*)$/.exec((thrown as Error).message) ?? []
  return {
    listed,
    error: fileErrors.damaged(`${listed.path}: it cannot be read: ${what}`, {
      cause: thrown,
      facts: { file: listed.path },
      next: 'Look at it (sluice sources sniff FILE), and put it right or declare its format.',
    }),
  }
}

const judgingOf = ({ pull, folder }: WriteFilesOptions, files: readonly FileOfBatch[]): Judging => ({
  into: withAdded(pull.into, new Set(files.flatMap(({ map }) => map.added))),
  source: pull.from,
  folder,
  ofEqual: pull.into.key.length > 0 ? 'last' : 'first',
})

async function* writeGroup(files: readonly FileToWrite[], options: WriteFilesOptions): AsyncGenerator<FileEnd, void, undefined> {
  const { lake, pull, signal } = options
  let left = files
  while (left.length > 0) {
    const round: FileEnd[] = []
    let next: readonly FileToWrite[] = []
    {
      using batches = await lake.batches(
        pull.into.name,
        left.map(({ write }) => write),
      )
      const open = new Set(batches.writes.map(({ batch }) => batch))
      for (const { listed, write } of left) if (!open.has(write.batch)) round.push({ listed, left: 'another pull has taken it' })
      const { opened, ends, close } = await openOn(
        batches.connection,
        left.filter(({ write }) => open.has(write.batch)),
        options,
      )
      round.push(...ends)
      const [first] = opened
      try {
        if (first !== undefined) {
          const judging = judgingOf(options, opened)
          // Files of one commit are one statement: those whose columns have other types come in the next one.
          const form = (file: FileOfBatch): string => JSON.stringify(outputOf(file, judging.into))
          const alike = opened.filter((file) => form(file) === form(first))
          const ofBatch = new Map(alike.map((file) => [file.batch, file]))
          next = left.filter(({ write }) => opened.some(({ batch }) => batch === write.batch) && !ofBatch.has(write.batch))
          const facts = new Map<string, FileFact>(alike.map((file) => [file.batch, file.fact]))
          const streams = alike.length === 1 && first.listed.bytes >= aloneFrom
          const outcome = await interruptible(batches.connection, signal, () =>
            batches.finish({
              columns: judging.into.columns,
              only: new Set(ofBatch.keys()),
              files: facts,
              atMost: { share: atMostOf(pull.into) },
              ...given({ soundKey: soundKeyOf(pull.into) }),
              ...(streams ? given({ hopeful: planFiles(alike, judging, false).hopeful }) : {}),
              async sound() {
                if (!(await isAsItWas(first, options.folder)) || (await refusedRecords(batches.connection, [first])).size > 0) return false
                facts.set(first.batch, factOf(first, await first.open.recovered(), []))
                return true
              },
              judge: async () => {
                const judged = await judgeFiles(batches.connection, alike, judging)
                for (const [batch, fact] of judged.facts) facts.set(batch, fact)
                return judged
              },
            }),
          )
          for (const [batch, receipt] of outcome.receipts) pushEnd(round, ofBatch.get(batch), (listed) => writtenEnd(listed, receipt, left))
          for (const [batch, error] of outcome.refused) pushEnd(round, ofBatch.get(batch), (listed) => ({ listed, error }))
        }
      } catch (thrown) {
        if (thrown instanceof NotAsExpected) {
          const { refused, changed } = thrown
          for (const { listed, batch } of opened) {
            const error = refused.get(batch)
            if (error !== undefined) round.push({ listed, error })
            else if (changed.has(batch)) round.push({ listed, left: 'it was written to while it was read' })
          }
          next = left.filter(
            ({ write }) => opened.some(({ batch }) => batch === write.batch) && !refused.has(write.batch) && !changed.has(write.batch),
          )
        } else if (opened.length === 1 && first !== undefined) round.push(await endOf(first.listed, thrown, options))
        else if (!isOfData(thrown)) throw thrown
        else {
          // One of them cannot be read to its end: by itself each is told.
          yield* round
          for (const { batch } of opened)
            yield* writeGroup(
              left.filter(({ write }) => write.batch === batch),
              options,
            )
          return
        }
      } finally {
        await close()
      }
    }
    yield* round
    left = next
  }
}

/** Of two pulls at once one has written the batch, and the other is answered with its receipt. */
const writtenEnd = (listed: FolderEntry, receipt: SinkReceipt, files: readonly FileToWrite[]): FileEnd =>
  files.some(({ write }) => write.batch === receipt.batch && write.run === receipt.run)
    ? { listed, receipt }
    : { listed, left: 'another pull has taken it' }

function pushEnd(ends: FileEnd[], file: FileOfBatch | undefined, end: (listed: FolderEntry) => FileEnd): void {
  if (file !== undefined) ends.push(end(file.listed))
}

/** One file of a table that goes by its key. */
async function writeAlone(file: FileToWrite, options: WriteFilesOptions): Promise<FileEnd> {
  const { lake, pull, signal } = options
  const { listed, write } = file
  const { key, facts } = pull.into
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
        mode: { key, order: facts.order, supersededMs: supersededMs(facts) },
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
    if (!(thrown instanceof NotAsExpected)) return await endOf(listed, thrown, options)
    const error = thrown.refused.get(write.batch)
    return error === undefined ? { listed, left: 'it was written to while it was read' } : { listed, error }
  } finally {
    await close()
  }
}

/** Takes the rows of files away, in one commit where they share commits. */
export async function removeFiles(lake: Lake, { into }: Pull, writes: readonly BatchWrite[]): Promise<readonly SinkReceipt[]> {
  const reason = 'the file is not there any more'
  if (into.key.length === 0) {
    using batches = await lake.batches(into.name, writes)
    return [...(await batches.remove(reason)).receipts.values()]
  }
  const none = Object.keys(into.columns).map((name) => `NULL AS ${quoteIdentifier(name)}`)
  const receipts: SinkReceipt[] = []
  for (const write of writes) {
    using batch = await lake.batch(write)
    const { key, facts } = into
    receipts.push(
      batch.receipt ??
        (await batch.finish({
          columns: into.columns,
          mode: { key, order: facts.order, supersededMs: supersededMs(facts) },
          reason,
          judge: async () => ({
            good: `SELECT ${none.join(', ')} WHERE false`,
            broken: `SELECT 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`,
            messages: {},
            counts: { rowsIn: 0, rowsQuarantined: 0 },
          }),
        })),
    )
  }
  return receipts
}
