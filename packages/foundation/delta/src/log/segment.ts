import { corrupt, DeltaError, unsupported } from '../errors.ts'

export const logFolder = '_delta_log'
export const versionName = (version: number) => version.toString().padStart(20, '0')
export const commitPath = (version: number) => `${logFolder}/${versionName(version)}.json`
export const checkpointPath = (version: number) => `${logFolder}/${versionName(version)}.checkpoint.parquet`

/** What the names in `_delta_log` say. Log compactions, checksums and temporary files are ignored, as the protocol allows. */
export interface LogListing {
  /** Ascending. */
  readonly commits: readonly number[]
  /** Complete checkpoints, ascending, with the paths of their parts. */
  readonly checkpoints: readonly { readonly version: number; readonly parts: readonly string[] }[]
  /** Checkpoints in the v2 form, which are not read. */
  readonly unread: readonly number[]
}

export function readListing(names: readonly string[]): LogListing {
  const commits: number[] = []
  const unread: number[] = []
  const classic: { version: number; parts: string[] }[] = []
  const partial = new Map<string, { version: number; total: number; parts: string[] }>()
  for (const name of names) {
    const match = /^(\d{20})\.(?:(json)|checkpoint\.(?:(parquet)|(\d{10})\.(\d{10})\.parquet|([0-9a-f-]{36})\.(?:json|parquet)))$/.exec(
      name,
    )
    if (match === null) continue
    const version = Number(match[1])
    if (match[2] !== undefined) commits.push(version)
    else if (match[3] !== undefined) classic.push({ version, parts: [`${logFolder}/${name}`] })
    else if (match[5] !== undefined) {
      const key = `${version}/${match[5]}`
      const group = partial.get(key) ?? { version, total: Number(match[5]), parts: [] }
      group.parts.push(`${logFolder}/${name}`)
      partial.set(key, group)
    } else unread.push(version)
  }
  const complete = [...partial.values()].filter((group) => group.parts.length === group.total)
  const checkpoints = [...complete.map(({ version, parts }) => ({ version, parts: parts.sort() })), ...classic].sort(
    (a, b) => a.version - b.version,
  )
  return { commits: commits.sort((a, b) => a - b), checkpoints, unread: unread.sort((a, b) => a - b) }
}

export interface Segment {
  readonly version: number
  readonly checkpoint: { readonly version: number; readonly parts: readonly string[] } | undefined
  /** Contiguous, after the checkpoint, up to `version`. */
  readonly commits: readonly number[]
}

/** The files that give the table at a version (the newest when left out). Throws `table.missing`, `version.missing` or `log.corrupt`. */
export function chooseSegment(listing: LogListing, wanted: number | undefined): Segment {
  const newest = Math.max(listing.commits.at(-1) ?? -1, listing.checkpoints.at(-1)?.version ?? -1)
  if (newest < 0) {
    if (listing.unread.length > 0) throw unsupported('v2Checkpoint')
    throw new DeltaError(
      'table.missing',
      'There is no Delta table here: the folder has no commit in _delta_log.',
      'Check the path, or create the table.',
    )
  }
  const version = wanted ?? newest
  if (version > newest || version < 0 || !Number.isInteger(version)) throw missingVersion(version, `the newest is ${newest}`)
  const checkpoint = listing.checkpoints.findLast((candidate) => candidate.version <= version)
  const commits = listing.commits.filter((v) => v > (checkpoint?.version ?? -1) && v <= version)
  const from = checkpoint === undefined ? 0 : checkpoint.version + 1
  if (commits.length === version - from + 1) return { version, checkpoint, commits }
  if (checkpoint === undefined && listing.unread.some((v) => v <= version)) throw unsupported('v2Checkpoint')
  const earliest = listing.checkpoints[0]?.version
  if (checkpoint === undefined && earliest !== undefined && version < earliest)
    throw missingVersion(version, `the log has been cleaned up to ${earliest}`)
  const gap = commits.findIndex((v, index) => v !== from + index)
  throw corrupt(`The log has a gap: the commit ${from + (gap === -1 ? commits.length : gap)} is missing.`, {
    version: from + (gap === -1 ? commits.length : gap),
  })
}

export function missingVersion(version: number, why: string): DeltaError {
  return new DeltaError('version.missing', `The table has no version ${version}: ${why}.`, 'Ask for a version that history() lists.', {
    version,
  })
}
