import { setTimeout as pause } from 'node:timers/promises'

/** Whoever has just started wants the answers of the server first, and so do those that ask between two steps. */
const pauseMs = 250

/** What the first question of a kind needs and no start does, the native library of DuckDB before what stands on it. */
const parts: readonly (() => Promise<unknown>)[] = [
  () => import('@sluice/duckdb'),
  () => import('@sluice/lake'),
  () => import('@sluice/warehouse'),
  () => import('../stores/prepare.ts'),
]

/**
 * Loads the code of the stores once nobody waits for it: read on the way of a question it would hold up all others for a tenth of a second.
 * A part that does not load is told by the question that needs it.
 */
export async function loadAhead(): Promise<void> {
  for (const load of parts) {
    await pause(pauseMs, undefined, { ref: false })
    await load().catch(() => undefined)
  }
}
