import { type LogListing, logFolder } from './segment.ts'

const dayMs = 86_400_000

/** Midnight UTC of the day on which the retention began: commits up to it have expired. */
export function cleanupCutoff(nowMs: number, retentionMs: number): number {
  return Math.floor((nowMs - retentionMs) / dayMs) * dayMs
}

/**
 * The version everything before which may go (PROTOCOL.md, Metadata Cleanup): the newest complete checkpoint that is not newer than the
 * newest expired commit. `undefined`: there is nothing to clean up.
 */
export function cleanupVersion({ checkpoints }: LogListing, newestExpired: number | undefined): number | undefined {
  if (newestExpired === undefined) return undefined
  return checkpoints.findLast(({ version }) => version <= newestExpired)?.version
}

/**
 * The files in the log that go, in steps: checkpoints first, then the oldest commit, then the rest, so that at every moment a version is either
 * there or refused as cleaned up. The commit at the cleanup version stays, for its checkpoint lacks `commitInfo`. Sidecars stay: only who reads
 * all checkpoints of the second form knows which are in use.
 */
export function planLogCleanup(names: readonly string[], before: number): string[][] {
  const checkpoints: string[] = []
  const commits: string[] = []
  const others: string[] = []
  for (const name of [...names].sort()) {
    const match = /^(\.?)(\d{20})\.(?:(checkpoint\.(?:.+\.)?(?:parquet|json))|(json)|(\d{20}\.compacted\.json)|crc)(\.crc)?$/.exec(name)
    // Hadoop's checksums, and they alone, are hidden.
    if (match === null || (match[1] === '.') !== (match[6] !== undefined)) continue
    const version = Number(match[2])
    // A compaction that begins at the cleanup version reaches over it, and saves nothing any more.
    if (version > before || (version === before && match[5] === undefined)) continue
    const group = match[6] !== undefined ? others : match[3] !== undefined ? checkpoints : match[4] !== undefined ? commits : others
    group.push(`${logFolder}/${name}`)
  }
  return [checkpoints, commits.slice(0, 1), [...commits.slice(1), ...others]].filter((step) => step.length > 0)
}
