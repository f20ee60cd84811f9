import { keepOf } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { refuseOddOptions, refuseOtherWords } from '../base/shape.ts'
import { type StepOptions, stepFields, stepOptions } from './options.ts'
import type { Step } from './step.ts'

/** What a backup has saved. */
export interface SavedBackup {
  readonly id: string
  readonly rows: number
  readonly bytes: number
  /** Older ones that went by `keep`. */
  readonly removed: readonly string[]
}

/** Saves the warehouse of the project, or the whole platform. */
export interface Backup extends Step<SavedBackup> {
  readonly kind: 'backup'
  readonly of: 'warehouse' | 'platform'
  /** `7`, `30d`. */
  readonly keep: string | undefined
}

/**
 * Saves the warehouse of the project, or with `of: 'platform'` all of the platform, to where the platform keeps its backups
 * (`SLUICE_BACKUP_TO`). It runs behind what fills datasets only where `after` or the pipeline's `order` says so.
 */
export function backup(
  definition: StepOptions & {
    /** The warehouse unless given. */
    readonly of?: Backup['of']
    /** Which of the older ones stay: so many (`'7'`), or those of a span (`'30d'`). All unless given; the newest always. */
    readonly keep?: string
  },
): Backup {
  refuseOddOptions('backup', definition, [...stepOptions, 'of', 'keep'])
  const { of = 'warehouse', keep } = definition
  refuseOtherWords(`backup ${definition.name}`, 'of', of, ['warehouse', 'platform'])
  if (keep !== undefined && !saysWhichStay(keep)) {
    throw refused(
      `backup ${definition.name}`,
      `${JSON.stringify(keep)} does not say which backups stay`,
      "Write how many (keep: '7'), or for how long (keep: '30d').",
    )
  }
  return frozen({ ...stepFields('backup', definition), of, keep })
}

/** A span of nothing is a slip. */
function saysWhichStay(keep: unknown): boolean {
  const said = typeof keep === 'string' ? keepOf(keep) : undefined
  return said !== undefined && ('count' in said || said.ms > 0)
}
