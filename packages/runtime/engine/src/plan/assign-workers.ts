export interface WorkerView {
  readonly slot: number
  readonly hash: string
  readonly draining: boolean
}

export interface HashDemand {
  readonly hash: string
  readonly queued: number
  readonly running: number
  readonly waitedMs: number
}

/** What the supervisor does next: which slots start with which hash, which workers drain. */
export interface Assignment {
  readonly start: readonly { readonly slot: number; readonly hash: string }[]
  readonly drain: readonly number[]
}

/**
 * One worker process serves one hash. Empty slots go to hashes that have work and no worker, then to the hash with the most work a worker,
 * then to the current hashes in turn, so that an idle system is warm. A hash that has work and no worker, with no slot empty, takes
 * one: of a hash without work, else of the one with the most workers once it has waited `patienceMs`.
 */
export function assignWorkers(
  slots: number,
  workers: readonly WorkerView[],
  demand: readonly HashDemand[],
  current: readonly string[],
  patienceMs = 1_000,
): Assignment {
  const serving = new Map<string, number>()
  for (const { hash, draining } of workers) if (!draining) serving.set(hash, (serving.get(hash) ?? 0) + 1)
  const servedBy = (hash: string): number => serving.get(hash) ?? 0
  const queued = [...demand].filter((each) => each.queued > 0).sort((a, b) => b.waitedMs - a.waitedMs)
  const start: { slot: number; hash: string }[] = []
  const used = new Set(workers.map(({ slot }) => slot))
  for (let slot = 0; slot < slots; slot++) {
    if (used.has(slot)) continue
    const hash = neediest(queued, current, servedBy)
    if (hash === undefined) break
    start.push({ slot, hash })
    serving.set(hash, servedBy(hash) + 1)
  }
  const drain: number[] = []
  const taken = new Set<number>()
  const busy = new Set(demand.filter((each) => each.queued + each.running > 0).map(({ hash }) => hash))
  const pending = workers.filter(({ draining }) => draining).length
  for (const each of queued.filter(({ hash }) => servedBy(hash) === 0).slice(pending)) {
    const candidates = workers.filter(({ slot, draining }) => !draining && !taken.has(slot))
    const idle = candidates.find(({ hash }) => !busy.has(hash))
    const victim = idle ?? (each.waitedMs >= patienceMs ? mostServed(candidates, servedBy) : undefined)
    if (victim === undefined) continue
    taken.add(victim.slot)
    drain.push(victim.slot)
    serving.set(victim.hash, servedBy(victim.hash) - 1)
  }
  const stale = workers.filter(
    ({ slot, hash, draining }) => !draining && !taken.has(slot) && !current.includes(hash) && !busy.has(hash) && current.length > 0,
  )
  return { start, drain: [...drain, ...stale.map(({ slot }) => slot)] }
}

function neediest(queued: readonly HashDemand[], current: readonly string[], servedBy: (hash: string) => number): string | undefined {
  const unserved = queued.find(({ hash }) => servedBy(hash) === 0)
  if (unserved !== undefined) return unserved.hash
  const [loaded] = [...queued].sort((a, b) => b.queued / servedBy(b.hash) - a.queued / servedBy(a.hash))
  if (loaded !== undefined && loaded.queued > servedBy(loaded.hash)) return loaded.hash
  return [...current].sort((a, b) => servedBy(a) - servedBy(b))[0]
}

const mostServed = (workers: readonly WorkerView[], servedBy: (hash: string) => number): WorkerView | undefined =>
  [...workers].sort((a, b) => servedBy(b.hash) - servedBy(a.hash))[0]
