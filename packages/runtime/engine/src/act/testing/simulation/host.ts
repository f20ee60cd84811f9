import { afterDeath, assignWorkers, type Backoff, type WorkerStage } from '../../../plan/assign-workers.ts'
import { admit } from '../../../state/finish.ts'
import { reap } from '../../../state/workers.ts'
import { WorkerProcess } from './process.ts'
import type { Surroundings } from './surroundings.ts'

interface Live {
  readonly process: WorkerProcess
  /** The version that a planted fault bound it to. */
  readonly bound: number | null
  draining: boolean
}

/** A supervisor and its worker processes on one machine. What it starts and drains is decided by the planner of the real one. */
export class Host {
  readonly name: string
  alive: boolean = true
  /** How many processes it has started. */
  started = 0
  readonly #world: Surroundings
  /** Of a planted fault: plans in the place of the planner. */
  readonly #bound: ((host: Host) => void) | undefined
  readonly #count: number
  readonly #lives = new Map<number, Live>()
  readonly #backoffs = new Map<number, Backoff>()
  #looking: boolean = false
  #serial = 0

  constructor(world: Surroundings, name: string, count: number, bound?: (host: Host) => void) {
    this.#bound = bound
    this.#world = world
    this.name = name
    this.#count = count
    this.look()
    this.#poll()
  }

  get processes(): readonly WorkerProcess[] {
    return [...this.#lives.values()].map(({ process }) => process)
  }

  /** The machine is gone: nobody sees its processes end. */
  vanish(): void {
    this.alive = false
    for (const process of this.processes) process.kill()
  }

  #poll(): void {
    this.#world.timeline.after(this.#world.pollMs, () => {
      if (!this.alive) return
      this.look()
      this.#poll()
    })
  }

  /** Many notifications in a row are one reason to look. */
  look(): void {
    if (this.#looking || !this.alive) return
    this.#looking = true
    this.#world.timeline.after(50, () => {
      this.#looking = false
      if (this.alive) void this.#plan()
    })
  }

  #plan(): void {
    const { timeline } = this.#world
    if (this.#bound !== undefined) {
      this.#bound(this)
      return
    }
    const workers = [...this.#lives].map(([slot, live]) => ({ slot, stage: stageOf(live) }))
    const { start, drain } = assignWorkers(this.#count, workers, this.#backoffs, timeline.now)
    for (const slot of start) this.start(slot)
    for (const slot of drain) this.drain(slot)
  }

  /** The slots and the versions that their processes are bound to, for a planted fault. */
  get views(): readonly { readonly slot: number; readonly version: number; readonly draining: boolean }[] {
    return [...this.#lives].map(([slot, { bound, draining }]) => ({ slot, version: bound ?? 0, draining }))
  }

  get slots(): number {
    return this.#count
  }

  start(slot: number, bound: number | null = null): void {
    if (this.#lives.has(slot)) return
    const startMs = this.#world.startMs()
    const exited = (code: number | null): void => this.#exited(slot, code)
    const process = new WorkerProcess(this.#world, `${this.name}.${slot}.${this.#serial++}`, startMs, exited, bound)
    this.#lives.set(slot, { process, bound, draining: false })
    this.started++
  }

  drain(slot: number): void {
    const live = this.#lives.get(slot)
    if (live === undefined || live.draining) return
    live.draining = true
    live.process.drain()
  }

  #exited(slot: number, code: number | null): void {
    const live = this.#lives.get(slot)
    if (live === undefined) return
    const { timeline, random } = this.#world
    this.#lives.delete(slot)
    if (!this.alive) return
    const { process, draining } = live
    const servedMs = process.registeredAt === null ? null : timeline.now - process.registeredAt
    const backoff = afterDeath(
      this.#backoffs.get(slot),
      { asTold: draining && code === 0, attempts: process.attempts, servedMs },
      timeline.now,
    )
    if (backoff === undefined) this.#backoffs.delete(slot)
    else this.#backoffs.set(slot, backoff)
    timeline.after(1 + random.integer(20), () => this.#afterDeath(process.worker))
  }

  /** The supervisor sees the exit, so that nobody has to wait for the lease. */
  #afterDeath(worker: number | null): void {
    if (!this.alive) return
    this.look()
    if (worker === null) return
    this.#world.database.ask(
      async (db) => {
        this.#world.database.changes++
        const reaped = await reap(db, [worker])
        if (reaped.pipelines.length > 0) await admit(db, reaped.pipelines)
      },
      (reply) => {
        if (reply.kind === 'unreachable') this.#world.timeline.after(250, () => this.#afterDeath(worker))
        else this.#world.hint('ready')
      },
    )
  }
}

function stageOf({ process, draining }: Live): WorkerStage {
  if (draining) return 'draining'
  if (process.state === 'starting') return 'starting'
  return process.full ? 'full' : 'serving'
}
