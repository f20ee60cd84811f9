import { setTimeout as delay } from 'node:timers/promises'
import { changedRuns, channels, forgetMirrored, markMirrored, Wake } from '@sluice/engine'
import { listen, openPool, type Pool } from '@sluice/postgres'

export interface RunMirrorOptions {
  readonly databaseUrl: string
  /** Owner URL of the warehouse by project. Its tables exist. */
  readonly warehouses: Readonly<Record<string, { readonly ownerUrl: string }>>
  /** For messages to people. The same trouble is reported once. */
  readonly note: (text: string) => void
  /** How often it looks without a notification. Default 5 s. */
  readonly pollMs?: number
}

export interface RunMirror {
  /** Resolves when each run that had changed has been copied or has failed to be copied. */
  flush(): Promise<void>
  /** A last `flush`, then ends. */
  stop(): Promise<void>
}

const atOnce = 500
/** Runs that end within this time are copied together. */
const pauseMs = 100

/**
 * Copies runs that have ended from the engine's database to `sluice_runs` in the warehouse of their project, where queries can join them to
 * loads. The engine's database stays the truth: a run is marked after its copy is committed, and a mirror that dies in between copies it
 * again, which changes nothing. Any number of mirrors may run at once. A warehouse that lost its rows (dropped, restored empty) gets them
 * all again.
 */
export async function startRunMirror({ databaseUrl, warehouses, note, pollMs = 5_000 }: RunMirrorOptions): Promise<RunMirror> {
  const engine = openPool(databaseUrl, { max: 2, applicationName: 'sluice run mirror' })
  const projects = Object.entries(warehouses).map(([project, { ownerUrl }]) => ({
    project,
    pool: openPool(ownerUrl, { max: 1, applicationName: 'sluice run mirror' }),
    begun: false,
    trouble: '',
  }))
  const wake = new Wake()
  const stopping = new AbortController()

  const pass = async (): Promise<void> => {
    for (const each of projects) {
      try {
        if (!each.begun) await begin(engine, each.pool, each.project)
        each.begun = true
        await copyChanged(engine, each.pool, each.project)
        if (each.trouble !== '') note(`runs of ${each.project}: recovered, they are copied to its warehouse again`)
        each.trouble = ''
      } catch (error) {
        const trouble = error instanceof Error ? error.message : String(error)
        if (trouble !== each.trouble) note(`runs of ${each.project} cannot be copied to its warehouse: ${trouble}`)
        each.trouble = trouble
      }
    }
  }
  let last: Promise<void> = Promise.resolve()
  const passInTurn = (): Promise<void> => {
    last = last.then(pass)
    return last
  }
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      wake.forget()
      await passInTurn()
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      await wake.sleep(stopping.signal.aborted ? 0 : pollMs)
    }
  }
  const looping = loop()
  const hint = (): void => wake.wake()
  const listener = await listen(databaseUrl, [channels.run], hint, { onReconnect: hint }).catch(() => undefined)
  return {
    flush: passInTurn,
    stop: async () => {
      stopping.abort()
      wake.wake()
      await looping
      await listener?.close()
      await passInTurn()
      await Promise.all([engine, ...projects.map(({ pool }) => pool)].map((pool) => pool.end()))
    },
  }
}

async function begin(engine: Pool, warehouse: Pool, project: string): Promise<void> {
  const { knowsNoRun } = await import('@sluice/warehouse')
  if (await knowsNoRun(warehouse)) await forgetMirrored(engine, project)
}

async function copyChanged(engine: Pool, warehouse: Pool, project: string): Promise<void> {
  const { recordRuns } = await import('@sluice/warehouse')
  for (;;) {
    const runs = await changedRuns(engine, project, atOnce)
    if (runs.length === 0) return
    await recordRuns(warehouse, runs)
    await markMirrored(engine, runs)
  }
}
