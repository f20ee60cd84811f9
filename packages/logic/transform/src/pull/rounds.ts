import { bugErrors, type SinkReceipt, type SluiceError, unreachable } from '@sluice/core'
import { type FileEnd, type FileToWrite, writtenEnd } from './file-end.ts'

/** What has come of files that were to be written in one commit. */
export type RoundOutcome =
  /** Those named under `of` have an answer each; the others were not part of the commit. */
  | {
      readonly is: 'committed'
      readonly of: ReadonlySet<string>
      readonly receipts: ReadonlyMap<string, SinkReceipt>
      readonly refused: ReadonlyMap<string, SluiceError>
    }
  /** Nothing was committed, because of these files. */
  | { readonly is: 'not as expected'; readonly refused: ReadonlyMap<string, SluiceError>; readonly left: ReadonlyMap<string, string> }
  /** Nothing was committed: one of several cannot be read to its end, and the fault does not say which. */
  | { readonly is: 'unreadable' }

/** Files that have come to an end, and the commits that are to follow, in their order. */
export interface Round {
  readonly ends: readonly FileEnd[]
  readonly next: readonly (readonly FileToWrite[])[]
}

/** Each file has an end or is in one of the next commits, and those have fewer files than this one. Pure. */
export function afterRound(files: readonly FileToWrite[], outcome: RoundOutcome): Round {
  switch (outcome.is) {
    case 'committed': {
      const { of, receipts, refused } = outcome
      const ends = files
        .filter(({ write }) => of.has(write.batch))
        .map(({ listed, write }): FileEnd => {
          const receipt = receipts.get(write.batch)
          if (receipt !== undefined) return writtenEnd(listed, receipt, files)
          return { listed, error: refused.get(write.batch) ?? unanswered(listed.path) }
        })
      return { ends, next: together(files.filter(({ write }) => !of.has(write.batch))) }
    }
    case 'not as expected': {
      const { refused, left: gone } = outcome
      const ends = files.flatMap(({ listed, write }): readonly FileEnd[] => {
        const error = refused.get(write.batch)
        if (error !== undefined) return [{ listed, error }]
        const left = gone.get(write.batch)
        return left === undefined ? [] : [{ listed, left }]
      })
      return { ends, next: together(files.filter(({ write }) => !refused.has(write.batch) && !gone.has(write.batch))) }
    }
    case 'unreadable':
      return { ends: [], next: files.map((file) => [file]) }
    default:
      return unreachable(outcome)
  }
}

const together = (files: readonly FileToWrite[]): Round['next'] => (files.length === 0 ? [] : [files])

const unanswered = (file: string): SluiceError =>
  bugErrors.unreachable(`${file}: its commit says neither that it was written nor that it was refused`, {
    facts: { file },
    next: 'Please report this with the log of the attempt.',
  })
