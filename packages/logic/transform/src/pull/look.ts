import type { FileSource, Logger, Pull } from '@sluice/author'
import type { Instant } from '@sluice/core'
import { type Lake, replacedReason } from '@sluice/lake'
import type { Clock, Folder } from '@sluice/sources/folder'
import { type FolderLook, lookAtFolder } from './look-at-folder.ts'
import { refuseEmptied, type Take } from './plan.ts'
import { refuseUnknown } from './run.ts'
import { whyWaiting } from './tell.ts'
import { inWorkFolder } from './work-folder.ts'

/** A pull that is only looked at: nothing of it is written, and it waits for no file. */
export interface PullLookedAt {
  readonly pull: Pick<Pull, 'name' | 'into' | 'columns'> & { readonly from: FileSource }
  /** Full id. */
  readonly dataset: string
  readonly lake: Lake
  readonly folder: Folder
  readonly now: () => Instant
  /** Files that are asked for by their names. */
  readonly again?: readonly string[]
  /** Told of names in the folder that are not taken. */
  readonly log: Pick<Logger, 'warn'>
}

/** A file that a pull would do something with, and why. Those that are unchanged are counted. */
export interface PlannedFile {
  readonly file: string
  readonly is: Take | 'moved' | 'replaced' | 'waiting' | 'vanished'
  readonly bytes: number
  readonly modified: Instant
  /** What the pull would do. */
  readonly deed: string
}

/** What a pull would do. */
export interface PlannedPull {
  readonly folder: string
  readonly counts: FolderLook['counts'] & { readonly waiting: number; readonly vanished: number }
  /** Those to be read in their order, then those that were moved, those that wait, and those that have vanished. */
  readonly files: readonly PlannedFile[]
  /** Why the pull would refuse its folder, whatever its files are. */
  readonly refused: string | null
}

/** Files as a pull would find them now, by its own planner. @throws `file.missing` for a file asked for that is not there */
export async function lookAtPull(looking: PullLookedAt): Promise<PlannedPull> {
  const { pull, folder } = looking
  const look = await inWorkFolder((workFolder) => lookAsPull(looking, workFolder))
  const vanished = pull.from.vanished === 'keep' ? 'its rows stay' : 'its rows are taken away'
  return {
    folder: folder.name,
    counts: { ...look.counts, waiting: look.waiting.length, vanished: look.vanished.length },
    files: [
      ...look.take.map(({ listed, take, known }) =>
        planned(take, listed, known === undefined || known.gone ? 'read' : 'read, in the place of its rows'),
      ),
      ...look.moved.map(({ listed, known }) => planned('moved', listed, `its rows stay: it was ${known.path} before`)),
      ...look.replaced.map((file) => planned('replaced', file, `its rows are taken away: ${replacedReason}`)),
      ...look.waiting.map((entry) => planned('waiting', entry, `left: ${whyWaiting(pull.from)}`)),
      ...look.vanished.map((file) => planned('vanished', file, vanished)),
    ],
    refused: refuseEmptied(pull.from, folder.name, look)?.message ?? null,
  }
}

/** What the pull of a run that is not there yet would find. */
export async function lookAsPull(
  { pull, dataset, lake, folder, now, again = [], log }: PullLookedAt,
  workFolder: string,
): Promise<FolderLook> {
  const clock: Clock = { now, wait: async () => undefined }
  const asking = { run: '', cleared: 0, again: new Set(again) }
  const look = await lookAtFolder({ lake, dataset, pull, folder, asking, clock, log, workFolder })
  refuseUnknown(pull.from, folder, look, again)
  return look
}

const planned = (
  is: PlannedFile['is'],
  { path, bytes, modified }: { readonly path: string; readonly bytes: number; readonly modified: Instant },
  deed: string,
): PlannedFile => ({
  file: path,
  is,
  bytes,
  modified,
  deed,
})
