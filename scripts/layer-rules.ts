import { layers, type Package } from './workspace.ts'

/** Packages that anyone may take alone: they know nothing of the rest. */
const independent = ['@sluice/delta', '@sluice/spark']

/** Packages that may depend on these alone: the engine knows what a capability is, and none by name. */
const narrow: Readonly<Record<string, readonly string[]>> = {
  '@sluice/engine': ['@sluice/author', '@sluice/core', '@sluice/postgres', '@sluice/process'],
}

/**
 * What a package may hand on, though it lies beside or above: `sluice` is the one name that people install, so what their tests import, the
 * client of the API and the simulators of their demo are entry points of it. Only a file that does nothing else imports them.
 */
const handedOn: Readonly<Record<string, readonly string[]>> = {
  sluice: ['@sluice/serve', '@sluice/simulator-coincap', '@sluice/simulator-smtp', '@sluice/testing'],
}

/** Imports of what is handed on, by a file that does more than hand it on. */
export function handedOnFaults(name: string, files: readonly { readonly path: string; readonly text: string }[]): readonly string[] {
  const peers = handedOn[name] ?? []
  return files.flatMap(({ path, text }) => {
    const statements = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').trim()
    const named = peers.filter((peer) => new RegExp(`['"]${peer}(?:/[^'"]*)?['"]`).test(statements))
    return /^export (?:\*|\{[^}]*\}) from '[^']+'$/.test(statements)
      ? []
      : named.map((peer) => `${name}: ${path} -> ${peer}: it may only be handed on`)
  })
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
  if (handedOn[from.name]?.includes(to.name) === true) return undefined
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
