import { type FileSource, type Logger, leftOut, type Pull, type Pulled } from '@sluice/author'
import { type BatchWrite, given, type SinkReceipt } from '@sluice/core'
import { type Lake, replacedReason } from '@sluice/lake'
import { fileErrors } from '@sluice/sources'
import type { Clock, Folder } from '@sluice/sources/folder'
import { type DriftEvent, inWords } from './columns.ts'
import type { FileEnd, FileToWrite } from './file-end.ts'
import { type FileToTake, type FolderLook, lookAtFolder } from './look-at-folder.ts'
import { moveFiles, removalOf } from './move-files.ts'
import { namesInTable } from './names-in-table.ts'
import { type NotTaken, refusalOf } from './not-taken.ts'
import { allTakes, batchOfNew, generationAfter, type KnownFile, refuseEmptied } from './plan.ts'
import { removeFiles } from './remove-files.ts'
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
  tell(log, pull.from, folder, look)
  const emptied = refuseEmptied(pull.from, folder.name, look)
  if (emptied !== undefined) throw emptied
  await lake.keepSame(
    write.dataset,
    pull.from.name,
    look.same.map(({ path, hash, bytes, modified, mark }) => ({ path, hash, bytes, modified, mark })),
  )
  const receipts = [...(await receiptsOf(options, look.written))]
  for (const receipt of receipts) options.keep(receipt)
  receipts.push(...told(options, await moveFiles(options, look)))
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
  const gone = pull.from.vanished !== 'keep' ? await removeVanished(options, look.vanished) : []
  receipts.push(...gone)
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
  return told(
    options,
    await removeFiles(
      lake,
      pull,
      vanished.map((file) => removalOf(options, file)),
      'the file is not there any more',
    ),
  )
}

/** Receipts of files whose rows were not read: moved, or taken away. */
function told({ keep, log }: PullFilesOptions, receipts: readonly SinkReceipt[]): readonly SinkReceipt[] {
  for (const receipt of receipts) {
    const { file, reason, batch, version } = receipt
    keep(receipt)
    const gone = reason === replacedReason ? reason : 'it is not there any more'
    const what = file?.moved === undefined ? `${gone}, and its rows were taken away` : `it was ${file.moved.from} before, and its rows stay`
    log.info(`${file?.path}: ${what}`, { batch, version })
  }
  return receipts
}

function tell(log: Logger, from: FileSource, folder: Folder, { counts, vanished, waiting, written, alike }: FolderLook): void {
  const parts = [
    ...allTakes.flatMap((take) => (counts[take] === 0 ? [] : [`${counts[take]} ${said[take]}`])),
    ...(counts.moved === 0 ? [] : [`${counts.moved} moved`]),
    ...(written.length === 0 ? [] : [`${written.length} read before in this run`]),
    ...(counts.unchanged === 0 ? [] : [`${counts.unchanged} unchanged`]),
    ...(waiting.length === 0 ? [] : [`${waiting.length} not ready`]),
    ...(vanished.length === 0 ? [] : [`${vanished.length} vanished`]),
  ]
  const found = counts.found === 1 ? '1 file' : `${counts.found} files`
  log.info(`found ${found} of ${from.name}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`, { folder: folder.name, ...counts })
  const why = whyWaiting(from)
  for (const { path } of waiting.slice(0, mostTold)) log.info(`${path} is left for the next pull: ${why}`)
  if (from.vanished === 'keep')
    for (const [path, before] of [...alike].slice(0, mostTold))
      log.warn(
        `${path} is new, and ${before} of that name is not there any more: if it was moved and changed, its rows of before stand there too`,
      )
  if (allTakes.every((take) => counts[take] === 0) && written.length === 0) log.info(`nothing of ${from.name} is new: 0 rows`)
}

/** Of a file that is left for the next pull. */
export const whyWaiting = ({ ready }: FileSource): string =>
  'marker' in ready ? 'its marker is not there yet' : `it was written to less than ${ready.stable} ago`

const said = {
  new: 'new',
  changed: 'changed',
  cleared: 'to be read again, since the task was cleared',
  asked: 'asked for',
  redeclared: 'to be read again, since their columns are declared otherwise',
} as const
const mostTold = 20

function tellEnd(log: Logger, { into }: Pull, end: FileEnd): void {
  const { path } = end.listed
  if ('left' in end) {
    log.info(`${path} is left: ${end.left}`)
    return
  }
  // The error of the pull tells of all of them at its end.
  if ('error' in end) return
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
  const facts = { source: from.name, file: strange }
  throw waits === undefined
    ? fileErrors.missing(`${from.name} has no file ${strange} in ${folder.name}`, {
        facts,
        next: 'Name it by its path below the folder of the source, as the log of a pull has it.',
      })
    : fileErrors.missing(`${strange} is not ready: ${whyWaiting(from)}`, { facts, next: 'Ask for it again once it is ready.' })
}
