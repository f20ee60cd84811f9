import type { Action, Metadata } from '../protocol/actions.ts'
import { isTrue } from '../protocol/properties.ts'

export function keepsCommitTime({ configuration }: Metadata): boolean {
  return isTrue(configuration['delta.enableInCommitTimestamps'])
}

/** Properties that say since when, unless it is since version 0. */
export const enablement = {
  version: 'delta.inCommitTimestampEnablementVersion',
  timestamp: 'delta.inCommitTimestampEnablementTimestamp',
} as const

/**
 * The actions of a commit as its version is to hold them (PROTOCOL.md, Writer Requirements for In-Commit Timestamps): its time in `commitInfo`, later
 * than the commit before it, and in the commit that switches them on when that was. Tables without them get the actions as they are.
 */
export function withCommitTime(
  actions: readonly Action[],
  at: {
    /** Before the commit; `undefined` at version 0. */
    readonly metadata: Metadata | undefined
    readonly version: number
    /** Time of the commit before this one, epoch milliseconds. */
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
