import { corrupt, DeltaError } from '../errors.ts'

export const logFolder = '_delta_log'
export const versionName = (version: number) => version.toString().padStart(20, '0')
export const commitPath = (version: number) => `${logFolder}/${versionName(version)}.json`
export const checkpointPath = (version: number) => `${logFolder}/${versionName(version)}.checkpoint.parquet`

/** A complete checkpoint: one file, or all the parts of one. */
export interface Checkpoint {
  readonly version: number
  readonly parts: readonly string[]
}

/** What the names in `_delta_log` say. Ignores log compactions, checksums and temporary files, as the protocol allows. */
export interface LogListing {
  /** In ascending order. */
  readonly commits: readonly number[]
  /** Complete checkpoints of all forms, in ascending order. A version may have several. */
  readonly checkpoints: readonly Checkpoint[]
}

const namePattern = /^(\d{20})\.(?:(json)|checkpoint\.(?:(\d{10})\.(\d{10})\.parquet|(?:[0-9a-fA-F-]{36}\.(?:json|parquet))|parquet))$/

export function readListing(names: readonly string[]): LogListing {
  const commits: number[] = []
  const checkpoints: Checkpoint[] = []
  const partial = new Map<string, { version: number; total: number; parts: string[] }>()
  for (const name of names) {
    const match = namePattern.exec(name)
    if (match === null) continue
    const version = Number(match[1])
    if (match[2] !== undefined) commits.push(version)
    else if (match[4] !== undefined) {
      const key = `${version}/${match[4]}`
      const group = partial.get(key) ?? { version, total: Number(match[4]), parts: [] }
      group.parts.push(`${logFolder}/${name}`)
      partial.set(key, group)
    } else checkpoints.push({ version, parts: [`${logFolder}/${name}`] })
  }
  for (const { version, total, parts } of partial.values()) if (parts.length === total) checkpoints.push({ version, parts: parts.sort() })
  return { commits: commits.sort((a, b) => a - b), checkpoints: checkpoints.sort((a, b) => a.version - b.version) }
}

export interface Segment {
  readonly version: number
  readonly checkpoint: Checkpoint | undefined
  /** The commits after the checkpoint up to `version`, without a gap. */
  readonly commits: readonly number[]
}

/**
 * All sets of files that lead to a version (the newest by default), the shortest first. Another one helps when a checkpoint is broken.
 * Throws `table.missing`, `version.missing` or `log.corrupt`.
 */
export function chooseSegments(listing: LogListing, wanted: number | undefined): [Segment, ...Segment[]] {
  const newest = Math.max(listing.commits.at(-1) ?? -1, listing.checkpoints.at(-1)?.version ?? -1)
  if (newest < 0) {
    throw new DeltaError(
      'table.missing',
      'There is no Delta table here: the folder has no commit in _delta_log.',
      'Check the path, or create the table.',
    )
  }
  const version = wanted ?? newest
  if (version > newest || version < 0 || !Number.isInteger(version)) throw missingVersion(version, `the newest is ${newest}`)
  const starts = [...listing.checkpoints.filter((candidate) => candidate.version <= version).reverse(), undefined]
  const ways = starts.map((checkpoint): Segment => {
    const commits = listing.commits.filter((v) => v > (checkpoint?.version ?? -1) && v <= version)
    return { version, checkpoint, commits }
  })
  const [shortest, ...others] = ways.filter(isWhole)
  if (shortest !== undefined) return [shortest, ...others]
  const earliest = listing.checkpoints[0]?.version
  if (starts.length === 1 && earliest !== undefined) throw missingVersion(version, `the log was cleaned up before version ${earliest}`)
  const [{ checkpoint, commits }] = ways as [Segment]
  const from = checkpoint === undefined ? 0 : checkpoint.version + 1
  const gap = commits.findIndex((v, index) => v !== from + index)
  const missing = from + (gap === -1 ? commits.length : gap)
  throw corrupt(`The log has a gap: the commit ${missing} is missing.`, { version: missing })
}

function isWhole({ version, checkpoint, commits }: Segment): boolean {
  return commits.length === version - (checkpoint?.version ?? -1)
}

export function missingVersion(version: number, why: string): DeltaError {
  return new DeltaError('version.missing', `The table has no version ${version}: ${why}.`, 'Ask for a version that history() lists.', {
    version,
  })
}
