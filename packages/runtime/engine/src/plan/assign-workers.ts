export interface WorkerView {
  readonly slot: number
  readonly version: string
  readonly draining: boolean
}

export interface VersionDemand {
  readonly version: string
  readonly queued: number
  readonly running: number
  readonly waitedMs: number
}

/** What the supervisor does next: which slots start with which version, which workers drain. */
export interface Assignment {
  readonly start: readonly { readonly slot: number; readonly version: string }[]
  readonly drain: readonly number[]
}

/**
 * One worker process serves one version. An empty slot goes to a version that has work and no worker. Without one it goes to the version
 * with the most work for each of its workers, then to the current versions in turn, so that an idle system has warm workers. When no slot
 * is empty, a version with work and no worker takes one from a version without work, or, after `patienceMs`, from the version with the most
 * workers.
 */
export function assignWorkers(
  slots: number,
  workers: readonly WorkerView[],
  demand: readonly VersionDemand[],
  current: readonly string[],
  patienceMs = 1_000,
): Assignment {
  const serving = new Map<string, number>()
  for (const { version, draining } of workers) if (!draining) serving.set(version, (serving.get(version) ?? 0) + 1)
  const servedBy = (version: string): number => serving.get(version) ?? 0
  const queued = [...demand].filter((each) => each.queued > 0).sort((a, b) => b.waitedMs - a.waitedMs)
  const start: { slot: number; version: string }[] = []
  const used = new Set(workers.map(({ slot }) => slot))
  for (let slot = 0; slot < slots; slot++) {
    if (used.has(slot)) continue
    const version = neediest(queued, current, servedBy)
    if (version === undefined) break
    start.push({ slot, version })
    serving.set(version, servedBy(version) + 1)
  }
  const drain: number[] = []
  const taken = new Set<number>()
  const busy = new Set(demand.filter((each) => each.queued + each.running > 0).map(({ version }) => version))
  const pending = workers.filter(({ draining }) => draining).length
  for (const each of queued.filter(({ version }) => servedBy(version) === 0).slice(pending)) {
    const candidates = workers.filter(({ slot, draining }) => !draining && !taken.has(slot))
    const idle = candidates.find(({ version }) => !busy.has(version))
    const victim = idle ?? (each.waitedMs >= patienceMs ? mostServed(candidates, servedBy) : undefined)
    if (victim === undefined) continue
    taken.add(victim.slot)
    drain.push(victim.slot)
    serving.set(victim.version, servedBy(victim.version) - 1)
  }
  const stale = workers.filter(
    ({ slot, version, draining }) =>
      !draining && !taken.has(slot) && !current.includes(version) && !busy.has(version) && current.length > 0,
  )
  return { start, drain: [...drain, ...stale.map(({ slot }) => slot)] }
}

function neediest(queued: readonly VersionDemand[], current: readonly string[], servedBy: (version: string) => number): string | undefined {
  const unserved = queued.find(({ version }) => servedBy(version) === 0)
  if (unserved !== undefined) return unserved.version
  const [loaded] = [...queued].sort((a, b) => b.queued / servedBy(b.version) - a.queued / servedBy(a.version))
  if (loaded !== undefined && loaded.queued > servedBy(loaded.version)) return loaded.version
  return [...current].sort((a, b) => servedBy(a) - servedBy(b))[0]
}

const mostServed = (workers: readonly WorkerView[], servedBy: (version: string) => number): WorkerView | undefined =>
  [...workers].sort((a, b) => servedBy(b.version) - servedBy(a.version))[0]
