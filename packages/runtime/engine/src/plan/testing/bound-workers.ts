import type { Supervise } from './worker-world.ts'

/**
 * The fault that the test of workers over time must catch: a process serves the one version it was started for, and a version that has
 * waited a second without a process takes the process of another, also one that is starting and has served nothing.
 */
export const bindsWorkers: Supervise = ({ world, now, processes, queued }) => {
  const serving = new Map<number, number>()
  const servedBy = (version: number): number => serving.get(version) ?? 0
  for (const { imported, draining } of processes.values()) {
    for (const version of imported) if (!draining) serving.set(version, servedBy(version) + 1)
  }
  const waiting = queued.map((count, version) => ({ count, version })).filter(({ count }) => count > 0)
  const start = []
  for (let slot = 0; slot < world.workers; slot++) {
    if (processes.has(slot)) continue
    const wanted =
      waiting.find(({ version }) => servedBy(version) === 0) ?? [...waiting].sort((a, b) => servedBy(a.version) - servedBy(b.version))[0]
    if (wanted === undefined) break
    start.push({ slot, version: wanted.version })
    serving.set(wanted.version, servedBy(wanted.version) + 1)
  }
  const drain: number[] = []
  const pending = [...processes.values()].filter(({ draining }) => draining).length
  for (const { version } of waiting.filter(({ version }) => servedBy(version) === 0).slice(pending)) {
    if (now < 1_000) break
    const [victim] = [...processes]
      .filter(([slot, { draining }]) => !draining && !drain.includes(slot))
      .sort(([, a], [, b]) => servedBy([...b.imported][0] ?? version) - servedBy([...a.imported][0] ?? version))
    if (victim !== undefined) drain.push(victim[0])
  }
  return { start, drain }
}
