import type { Action, Metadata } from '../protocol/actions.ts'
import { isTrue } from '../protocol/properties.ts'

export function keepsCommitTime({ configuration }: Metadata): boolean {
  return isTrue(configuration['delta.enableInCommitTimestamps'])
}

/** Properties that say since when commits keep their time. Absent when they do since version 0. */
export const enablement = {
  version: 'delta.inCommitTimestampEnablementVersion',
  timestamp: 'delta.inCommitTimestampEnablementTimestamp',
} as const

/**
 * Adds the commit time to the actions of a commit (PROTOCOL.md, Writer Requirements for In-Commit Timestamps). `commitInfo` gets a time
 * later than that of the commit before. The commit that switches the feature on also records when that was. Actions of a table without the
 * feature are not changed.
 */
export function withCommitTime(
  actions: readonly Action[],
  at: {
    /** The metadata before the commit; `undefined` at version 0. */
    readonly metadata: Metadata | undefined
    readonly version: number
    /** The time of the commit before this one, epoch milliseconds. */
    readonly previousMs: number
    readonly nowMs: number
  },
): readonly Action[] {
  const after = actions.find(({ metaData }) => metaData !== undefined)?.metaData ?? at.metadata
  if (after === undefined || !keepsCommitTime(after)) return actions
  const inCommitTimestamp = Math.max(at.nowMs, at.previousMs + 1)
  const switchedOn = at.metadata !== undefined && !keepsCommitTime(at.metadata)
  const since = { [enablement.version]: String(at.version), [enablement.timestamp]: String(inCommitTimestamp) }
  return actions.map((action) => {
    if (action.commitInfo !== undefined) return { commitInfo: { ...action.commitInfo, inCommitTimestamp } }
    if (action.metaData === undefined || !switchedOn) return action
    return { metaData: { ...action.metaData, configuration: { ...action.metaData.configuration, ...since } } }
  })
}
