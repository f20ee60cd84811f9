import { type LogListing, logFolder } from './segment.ts'

const dayMs = 86_400_000

/** Midnight UTC of the day on which the retention began. Commits up to this instant have expired. */
export function cleanupCutoff(nowMs: number, retentionMs: number): number {
  return Math.floor((nowMs - retentionMs) / dayMs) * dayMs
}

/**
 * The version before which everything may be deleted (PROTOCOL.md, Metadata Cleanup): the newest complete checkpoint that is not newer than
 * the newest expired commit. `undefined` when there is nothing to clean up.
 */
export function cleanupVersion({ checkpoints }: LogListing, newestExpired: number | undefined): number | undefined {
  if (newestExpired === undefined) return undefined
  return checkpoints.findLast(({ version }) => version <= newestExpired)?.version
}

/**
 * The log files to delete, in steps: checkpoints first, then the oldest commit, then the rest. At every moment a version is either complete
 * or refused as cleaned up. The commit at the cleanup version is kept, because its checkpoint lacks `commitInfo`. Sidecars are kept,
 * because only a reader of all version 2 checkpoints knows which ones are in use.
 */
export function planLogCleanup(names: readonly string[], before: number): string[][] {
  const checkpoints: string[] = []
  const commits: string[] = []
  const others: string[] = []
  for (const name of [...names].sort()) {
    const match = /^(\.?)(\d{20})\.(?:(checkpoint\.(?:.+\.)?(?:parquet|json))|(json)|(\d{20}\.compacted\.json)|crc)(\.crc)?$/.exec(name)
    // Only Hadoop's checksums are hidden files.
    if (match === null || (match[1] === '.') !== (match[6] !== undefined)) continue
    const version = Number(match[2])
    // A log compaction that begins at the cleanup version reaches beyond it and is no longer useful.
    if (version > before || (version === before && match[5] === undefined)) continue
    const group = match[6] !== undefined ? others : match[3] !== undefined ? checkpoints : match[4] !== undefined ? commits : others
    group.push(`${logFolder}/${name}`)
  }
  return [checkpoints, commits.slice(0, 1), [...commits.slice(1), ...others]].filter((step) => step.length > 0)
}
