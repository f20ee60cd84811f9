import { globSegments, type Segment } from './glob.ts'

/** Where a listing looks, and what it takes. Paths are below the folder of the source, with `/`. */
export interface ListingPlan {
  /** The folder that holds all that may be taken; `''` for the source's own. */
  readonly base: string
  /** Whether a folder may hold a file that is taken, at any depth. */
  enters(folder: string): boolean
  takes(path: string): boolean
}

/**
 * Plans the listing of a pattern: what lies under none of its folders is never read.
 * @throws `definition.invalid` for a pattern that is not one
 */
export function planListing(pattern: string): ListingPlan {
  // At the end `**` takes files, and needs a name for each.
  const ways = globSegments(pattern).map((segments) => (segments.at(-1) === '**' ? [...segments, anyName] : segments))
  const bases = ways.map(literalFolders)
  return {
    base: bases.reduce(commonFolders).join('/'),
    enters: (folder) => folder === '' || ways.some((way) => statesAfter(way, folder).some((state) => state < way.length)),
    takes: (path) => ways.some((way) => statesAfter(way, path).includes(way.length)),
  }
}

const anyName: Segment = { literal: undefined, fits: (name) => !name.startsWith('.') }

/** How many segments may be behind once the names of a path are, in all ways to read them. */
function statesAfter(way: readonly Segment[], path: string): readonly number[] {
  let states: ReadonlySet<number> = withFolders(way, [0])
  for (const name of path.split('/')) {
    const next = [...states].flatMap((state) => {
      const segment = way[state]
      if (segment === undefined) return []
      if (segment === '**') return name.startsWith('.') ? [] : [state]
      return segment.fits(name) ? [state + 1] : []
    })
    if (next.length === 0) return []
    states = withFolders(way, next)
  }
  return [...states]
}

/** `**` is also no folder at all. */
function withFolders(way: readonly Segment[], states: readonly number[]): ReadonlySet<number> {
  const all = new Set(states)
  for (const state of all) if (way[state] === '**') all.add(state + 1)
  return all
}

function literalFolders(way: readonly Segment[]): readonly string[] {
  const names: string[] = []
  for (const segment of way.slice(0, -1)) {
    if (segment === '**' || segment.literal === undefined) break
    names.push(segment.literal)
  }
  return names
}

function commonFolders(a: readonly string[], b: readonly string[]): readonly string[] {
  const end = a.findIndex((name, at) => name !== b[at])
  return end < 0 ? a : a.slice(0, end)
}
