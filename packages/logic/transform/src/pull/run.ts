import type { FileSource, Logger, Pull, Pulled } from '@sluice/author'
import { type BatchWrite, given, type SinkReceipt, type SluiceError } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { fileErrors } from '@sluice/sources'
import type { Clock, Folder } from '@sluice/sources/folder'
import type { FileToWrite } from './file-end.ts'
import { type FileToTake, type FolderLook, lookAtFolder } from './look-at-folder.ts'
import { moveFiles, removalOf } from './move-files.ts'
import { namesInTable } from './names-in-table.ts'
import { type NotTaken, refusalOf } from './not-taken.ts'
import { batchOfNew, generationAfter, type KnownFile, refuseEmptied } from './plan.ts'
import { removeFiles } from './remove-files.ts'
import { tellEnd, tellLook, tellUnread, whyWaiting } from './tell.ts'
import { inWorkFolder } from './work-folder.ts'
import { writeFiles } from './write-files.ts'

export interface PullFilesOptions {
  readonly pull: Pull & { readonly from: FileSource }
  /** What the attempt says of its writes. */
  readonly write: Omit<BatchWrite, 'batch' | 'generation' | 'file'>
  /** How often the task was cleared in its run. */
  readonly cleared: number
  /** Files that are read again whatever is known of them. */
  readonly again?: readonly string[]
  readonly lake: Lake
  readonly folder: Folder
  readonly clock: Clock
  readonly log: Logger
  /** Told of each receipt as it comes, those of an attempt before included. */
  readonly keep: (receipt: SinkReceipt) => void
  readonly signal?: AbortSignal | undefined
}

/** What a pull has done, file by file. */
export interface PulledFiles extends Pulled {
  readonly files: FolderLook['counts'] & { readonly vanished: number; readonly waiting: number }
}

/**
 * Reads what is new and changed in a folder, each file as one batch, and takes the rows of vanished files away where the source says so.
 * @throws what is wrong with a file, once all others were read: they stay
 */
export const pullFiles = async (options: PullFilesOptions): Promise<PulledFiles> =>
  await inWorkFolder((workFolder) => pullInto(workFolder, options))

async function pullInto(workFolder: string, options: PullFilesOptions): Promise<PulledFiles> {
  const { pull, write, cleared, again = [], lake, folder, clock, log, signal } = options
  const asking = { run: write.run, cleared, again: new Set(again) }
  const look = await lookAtFolder({ lake, dataset: write.dataset, pull, folder, asking, clock, log, workFolder, signal })
  refuseUnknown(pull.from, folder, look, again)
  tellLook(log, pull.from, folder, look)
  const emptied = refuseEmptied(pull.from, folder.name, look)
  if (emptied !== undefined) throw emptied
  await lake.keepSame(
    write.dataset,
    pull.from.name,
    look.same.map(({ path, hash, bytes, modified, mark }) => ({ path, hash, bytes, modified, mark })),
  )
  const receipts = [...(await receiptsOf(options, look.written))]
  for (const receipt of receipts) options.keep(receipt)
  const unread = (gone: readonly SinkReceipt[]): void => {
    for (const receipt of gone) options.keep(receipt)
    receipts.push(...gone)
    tellUnread(log, gone)
  }
  unread(await moveFiles(options, look))
  const refused: NotTaken[] = []
  const toWrite = look.take.map((file): FileToWrite => toWriteOf(options, file, look.taken))
  const refusal = () => refusalOf(pull.from, refused, look.take.length)
  try {
    for await (const end of writeFiles(toWrite, { ...options, workFolder, added: await namesInTable(options) })) {
      if ('receipt' in end) {
        options.keep(end.receipt)
        receipts.push(end.receipt)
      } else if ('error' in end) refused.push({ path: end.listed.path, error: end.error })
      tellEnd(log, pull, end)
    }
  } catch (thrown) {
    // The error of the pull is another one then.
    if (refused.length > 0) log.error(refusal()?.message ?? '')
    throw thrown
  }
  if (pull.from.vanished !== 'keep') unread(await removeVanished(options, look.vanished))
  const error = refusal()
  if (error !== undefined) throw error
  return {
    batches: receipts.filter(({ status }) => status === 'written').length,
    rowsIn: sum(receipts, ({ rowsIn }) => rowsIn),
    rowsWritten: sum(receipts, ({ rowsWritten }) => rowsWritten),
    rowsQuarantined: sum(receipts, ({ rowsQuarantined }) => rowsQuarantined),
    files: { ...look.counts, vanished: look.vanished.length, waiting: look.waiting.length },
  }
}

const sum = (receipts: readonly SinkReceipt[], of: (receipt: SinkReceipt) => number): number =>
  receipts.reduce((total, each) => total + of(each), 0)

/**
 * Rows under a key stand in the order of the pulls that brought their files first: a file that is corrected keeps its place among the
 * others.
 */
function toWriteOf({ pull, write }: PullFilesOptions, { listed, known }: FileToTake, taken: ReadonlySet<string>): FileToWrite {
  const { path } = listed
  const { project, dataset } = write
  const batch = known?.batch ?? batchOfNew({ project, dataset, source: pull.from.name, path }, taken)
  const logicalTime = pull.into.key.length > 0 && known !== undefined ? known.logicalTime : write.logicalTime
  return { listed, write: { ...write, logicalTime, batch, generation: generationAfter(known) }, ...given({ first: known?.first }) }
}

/** Receipts of files that an earlier attempt of this run has written: the steps behind it read them as batches at hand. */
async function receiptsOf({ lake, pull, write }: PullFilesOptions, known: readonly KnownFile[]): Promise<readonly SinkReceipt[]> {
  if (known.length === 0) return []
  using batches = await lake.batches(
    pull.into.name,
    known.map(({ batch, generation }) => ({ ...write, batch, generation })),
  )
  return [...batches.known.receipts.values()]
}

async function removeVanished(options: PullFilesOptions, vanished: readonly KnownFile[]): Promise<readonly SinkReceipt[]> {
  const { lake, pull } = options
  if (vanished.length === 0) return []
  const going = vanished.map((file) => removalOf(options, file))
  return await removeFiles(lake, pull, going, 'the file is not there any more')
}

/** A file that is asked for by its name is one of the folder. */
export function refuseUnknown(from: FileSource, folder: Folder, { take, written, waiting }: FolderLook, again: readonly string[]): void {
  const seen = new Set([...take.map(({ listed }) => listed.path), ...written.map(({ path }) => path)])
  const waits = waiting.find(({ path }) => again.includes(path))
  const strange = waits?.path ?? again.find((path) => !seen.has(path))
  if (strange === undefined) return
  throw waits === undefined
    ? fileErrors.missing(`${from.name} has no file ${strange} in ${folder.name}`, {
        facts: { source: from.name, file: strange },
        next: 'Name it by its path below the folder of the source, as the log of a pull has it.',
      })
    : isWaiting(from, strange, 'Ask for it again once it is ready')
}

/** Of a file that its writer may not have left yet. */
export const isWaiting = (from: FileSource, file: string, next: string): SluiceError =>
  fileErrors.missing(`${file} is not ready: ${whyWaiting(from)}`, { facts: { source: from.name, file }, next: `${next}.` })
