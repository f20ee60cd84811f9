import { layers, type Package } from './workspace.ts'

/** Packages that anyone may take alone: they know nothing of the rest. */
const independent = ['@sluice/delta', '@sluice/spark']

/** Packages that may depend on these alone: the engine knows what a capability is, and none by name. */
const narrow: Readonly<Record<string, readonly string[]>> = {
  '@sluice/engine': ['@sluice/author', '@sluice/core', '@sluice/postgres', '@sluice/process'],
}

/** Every dependency that the house does not allow, as a sentence. Pure; docs/architecture.md draws the layers. */
export function layerFaults(packages: readonly Package[]): readonly string[] {
  const byName = new Map(packages.map((each) => [each.name, each]))
  return packages.flatMap((from) =>
    from.dependencies.flatMap((name) => {
      const to = byName.get(name)
      const fault = to === undefined ? undefined : faultOf(from, to)
      return fault === undefined ? [] : [fault]
    }),
  )
}

function faultOf(from: Package, to: Package): string | undefined {
  const arrow = `${from.name} -> ${to.name}`
  if (from.layer === 'outside') return undefined
  if (independent.includes(from.name)) return `${arrow}: ${from.name} imports nothing of ours, so that anyone can use it alone`
  if (from.layer === 'simulators') return to.layer === 'simulators' ? undefined : `${arrow}: a simulator imports nothing of ours`
  if (from.layer === 'projects') return to.name === 'sluice' ? undefined : `${arrow}: a project imports only sluice`
  const narrowed = narrow[from.name]
  if (narrowed?.includes(to.name) === false)
    return `${arrow}: ${from.name} depends on ${narrowed.join(', ')} alone; what tasks use is a capability`
  const [fromRank, toRank] = [rankOf(from), rankOf(to)]
  if (toRank === undefined) return `${arrow}: ${to.folder} is not a layer that packages may import`
  if (fromRank !== undefined && toRank < fromRank) return undefined
  return toRank === fromRank
    ? `${arrow}: peers in ${from.layer} meet through capabilities in assembly/platform`
    : `${arrow}: ${to.layer} lies above ${from.layer}`
}

function rankOf(each: Package): number | undefined {
  const rank = (layers as readonly string[]).indexOf(each.layer)
  return rank === -1 ? undefined : rank
}
