import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileSource, type Logger, leftOut, type Pull, type Pulled } from '@sluice/author'
import { type BatchWrite, fileBatchId, given, type SinkReceipt, type SluiceError } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { fileErrors } from '@sluice/sources'
import type { Clock, Folder } from '@sluice/sources/folder'
import { type DriftEvent, inWords } from './columns.ts'
import type { FileEnd, FileToWrite } from './file-end.ts'
import { type FileToTake, type FolderLook, lookAtFolder } from './look-at-folder.ts'
import { namesInTable } from './names-in-table.ts'
import { generationAfter, type KnownFile, refuseEmptied } from './plan.ts'
import { removeFiles } from './remove-files.ts'
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
export async function pullFiles(options: PullFilesOptions): Promise<PulledFiles> {
  const { pull, write, cleared, again = [], lake, folder, clock, log, signal } = options
  const workFolder = await mkdtemp(join(tmpdir(), 'sluice-pull-'))
  try {
    const asking = { run: write.run, cleared, again: new Set(again) }
    const look = await lookAtFolder({ lake, dataset: write.dataset, source: pull.from, folder, asking, clock, log, workFolder, signal })
    refuseUnknown(pull.from, folder, look, again)
    tell(log, pull.from, folder, look)
    const emptied = refuseEmptied(pull.from, folder.name, look)
    if (emptied !== undefined) throw emptied
    const receipts = [...(await receiptsOf(options, look.written))]
    for (const receipt of receipts) options.keep(receipt)
    const errors: SluiceError[] = []
    const toWrite = look.take.map((file): FileToWrite => ({ listed: file.listed, write: writeOf(options, file) }))
    for await (const end of writeFiles(toWrite, { ...options, workFolder, added: await namesInTable(options) })) {
      if ('receipt' in end) {
        options.keep(end.receipt)
        receipts.push(end.receipt)
      } else if ('error' in end) errors.push(end.error)
      tellEnd(log, pull, end)
    }
    const gone = pull.from.vanished !== 'keep' ? await removeVanished(options, look.vanished) : []
    receipts.push(...gone)
    if (errors.length > 0) throw refusalOf(pull.from, errors, look)
    return {
      batches: receipts.length,
      rowsIn: sum(receipts, ({ rowsIn }) => rowsIn),
      rowsWritten: sum(receipts, ({ rowsWritten }) => rowsWritten),
      rowsQuarantined: sum(receipts, ({ rowsQuarantined }) => rowsQuarantined),
      files: { ...look.counts, vanished: look.vanished.length, waiting: look.waiting.length },
    }
  } finally {
    await rm(workFolder, { recursive: true, force: true })
  }
}

const sum = (receipts: readonly SinkReceipt[], of: (receipt: SinkReceipt) => number): number =>
  receipts.reduce((total, each) => total + of(each), 0)

/**
 * Rows under a key stand in the order of the pulls that brought their files first: a file that is corrected keeps its place among the
 * others.
 */
function writeOf({ pull, write }: PullFilesOptions, { listed, known }: FileToTake): BatchWrite {
  const { path } = listed
  const batch = fileBatchId({ project: write.project, dataset: write.dataset, source: pull.from.name, path })
  const logicalTime = pull.into.key.length > 0 && known !== undefined ? known.logicalTime : write.logicalTime
  return { ...write, logicalTime, batch, generation: generationAfter(known) }
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
  const { lake, pull, write, log, keep } = options
  if (vanished.length === 0) return []
  const { from } = pull
  const writes = vanished.map(
    (file): BatchWrite => ({
      ...write,
      batch: file.batch,
      generation: generationAfter(file),
      file: { source: from.name, path: file.path, bytes: file.bytes, modified: file.modified, hash: file.hash },
    }),
  )
  const receipts = await removeFiles(lake, pull, writes)
  for (const receipt of receipts) {
    keep(receipt)
    log.info(`${receipt.file?.path}: it is not there any more, and its rows were taken away`, {
      batch: receipt.batch,
      version: receipt.version,
    })
  }
  return receipts
}

function tell(log: Logger, from: FileSource, folder: Folder, { counts, vanished, waiting, written }: FolderLook): void {
  const parts = [
    ...(['new', 'changed', 'cleared', 'asked'] as const).flatMap((take) => (counts[take] === 0 ? [] : [`${counts[take]} ${said[take]}`])),
    ...(written.length === 0 ? [] : [`${written.length} read before in this run`]),
    ...(counts.unchanged === 0 ? [] : [`${counts.unchanged} unchanged`]),
    ...(waiting.length === 0 ? [] : [`${waiting.length} not ready`]),
    ...(vanished.length === 0 ? [] : [`${vanished.length} vanished`]),
  ]
  const found = counts.found === 1 ? '1 file' : `${counts.found} files`
  log.info(`found ${found} of ${from.name}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`, { folder: folder.name, ...counts })
  const why = whyWaiting(from)
  for (const { path } of waiting.slice(0, mostTold)) log.info(`${path} is left for the next pull: ${why}`)
  if (counts.new + counts.changed + counts.cleared + counts.asked + written.length === 0) log.info(`nothing of ${from.name} is new: 0 rows`)
}

/** Of a file that is left for the next pull. */
export const whyWaiting = ({ ready }: FileSource): string =>
  'marker' in ready ? 'its marker is not there yet' : `it was written to less than ${ready.stable} ago`

const said = { new: 'new', changed: 'changed', cleared: 'to be read again, since the task was cleared', asked: 'asked for' } as const
const mostTold = 20

function tellEnd(log: Logger, { into }: Pull, end: FileEnd): void {
  const { path } = end.listed
  if ('left' in end) {
    log.info(`${path} is left: ${end.left}`)
    return
  }
  if ('error' in end) {
    log.error(end.error.message, { code: end.error.code, next: end.error.next })
    return
  }
  const { receipt } = end
  const { rowsIn, rowsWritten, rowsQuarantined, batch, generation, file } = receipt
  log.info(`${path}: ${rowsIn} rows in, ${rowsWritten} written, ${rowsQuarantined} in quarantine`, {
    batch,
    generation,
    ...given({ found: file?.found, brokenRules: receipt.brokenRules, adjusted: receipt.adjusted }),
  })
  for (const event of (file?.drift ?? []) as unknown as readonly DriftEvent[])
    log.warn(`${path}: ${inWords(event)}`, { ...event, file: path })
  const out = leftOut(receipt, into.facts.quarantine)
  if (out !== undefined) log.warn(`${path}: ${out.message}`)
}

/** A file that is asked for by its name is one of the folder. */
export function refuseUnknown(from: FileSource, folder: Folder, { take, written, waiting }: FolderLook, again: readonly string[]): void {
  const seen = new Set([...take.map(({ listed }) => listed.path), ...written.map(({ path }) => path)])
  const waits = waiting.find(({ path }) => again.includes(path))
  const strange = waits?.path ?? again.find((path) => !seen.has(path))
  if (strange === undefined) return
  throw fileErrors.missing(
    waits === undefined
      ? `${from.name} has no file ${strange} in ${folder.name}`
      : `${strange} is not ready: it is being written, or has no marker`,
    {
      facts: { source: from.name, file: strange },
      next: 'Name it by its path below the folder of the source, as the log of a pull has it.',
    },
  )
}

/** One is told as it is; of several each is named. */
function refusalOf(from: FileSource, errors: readonly SluiceError[], { take }: FolderLook): SluiceError {
  const [first] = errors
  if (first !== undefined && errors.length === 1) return first
  const shown = errors.slice(0, mostTold).map(({ message }) => message)
  const more = errors.length - shown.length
  return fileErrors.not_taken(
    `${errors.length} of ${take.length} files of ${from.name} were not taken: ${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')}`,
    {
      facts: { source: from.name, errors: errors.slice(0, mostTold).map(({ code, message, facts }) => ({ code, message, facts })) },
      next: `Put the files or the declaration right, and clear the task: what was taken stays. ${first?.next ?? ''}`.trim(),
    },
  )
}
