import { type FileSource, type Logger, leftOut, type Pull } from '@sluice/author'
import { given, numbersIn, type SinkReceipt } from '@sluice/core'
import { replacedReason } from '@sluice/lake'
import type { Folder } from '@sluice/sources/folder'
import { type DriftEvent, inWords } from './columns.ts'
import type { FileEnd } from './file-end.ts'
import type { FolderLook } from './look-at-folder.ts'
import { allTakes } from './plan.ts'

/** What a folder holds. */
export function tellLook(log: Logger, from: FileSource, folder: Folder, { counts, vanished, waiting, written, alike }: FolderLook): void {
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
const { counted, whole } = numbersIn('en')

/** What has become of a file. */
export function tellEnd(log: Logger, { into }: Pull, end: FileEnd): void {
  const { path } = end.listed
  if ('left' in end) {
    log.info(`${path} is left: ${end.left}`)
    return
  }
  // The error of the pull tells of all of them at its end.
  if ('error' in end) return
  const { receipt } = end
  const { rowsIn, rowsWritten, rowsQuarantined, batch, generation, file } = receipt
  log.info(`${path}: ${counted(rowsIn, 'row')} in, ${whole(rowsWritten)} written, ${whole(rowsQuarantined)} in quarantine`, {
    batch,
    generation,
    ...given({ found: file?.found, brokenRules: receipt.brokenRules, adjusted: receipt.adjusted }),
  })
  for (const event of (file?.drift ?? []) as unknown as readonly DriftEvent[])
    log.warn(`${path}: ${inWords(event)}`, { ...event, file: path })
  const out = leftOut(receipt, into.facts.quarantine)
  if (out !== undefined) log.warn(`${path}: ${out.message}`)
}

/** Receipts of files whose rows were not read: moved, or taken away. */
export function tellUnread(log: Logger, receipts: readonly SinkReceipt[]): void {
  for (const { file, reason, batch, version } of receipts) {
    const gone = reason === replacedReason ? reason : 'it is not there any more'
    const what = file?.moved === undefined ? `${gone}, and its rows were taken away` : `it was ${file.moved.from} before, and its rows stay`
    log.info(`${file?.path}: ${what}`, { batch, version })
  }
}
