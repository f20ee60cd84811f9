import type { PipelineSpec, TaskSpec } from '@sluice/author'
import type { Random } from '@sluice/core/testing'
import type { Claim } from '../../../state/claim.ts'
import type { Finished, FinishItem } from '../../../state/finish.ts'
import type { SimulatedDatabase } from './database.ts'
import { Host } from './host.ts'
import type { WorkerProcess } from './process.ts'
import { SimulatedScheduler } from './scheduler.ts'
import { Sink } from './sink.ts'
import type { Channel, Surroundings } from './surroundings.ts'
import type { Timeline } from './timeline.ts'
import { Watch, type Watched } from './watch.ts'

/** What the platform of a simulation is made of. */
export interface Sizes {
  readonly hosts: number
  /** Worker processes of a host. */
  readonly workers: number
  readonly schedulers: number
  readonly slots: number
  readonly maxVersions: number
  readonly leaseMs: number
}

/** Everything that lives in a simulation. */
export class World implements Sizes, Surroundings, Watched {
  readonly hosts: number
  readonly workers: number
  readonly schedulers: number
  readonly slots: number
  readonly maxVersions: number
  readonly leaseMs: number
  readonly pollMs = 1_000
  readonly graceMs = 500
  readonly timeline: Timeline
  readonly random: Random
  readonly database: SimulatedDatabase
  readonly sink = new Sink()
  readonly watch: Watch
  /** No statement and no process is to be expected to go on before this time: a fault is at work. */
  disturbedUntil = 0
  /** The longest time that the database was away. */
  outageMs = 0
  /** Starts take this many times longer: a busy machine. */
  slowness = 1
  /** The machine's clock against the virtual time that passes. */
  clockOffsetMs = 0
  readonly living: Host[] = []
  readonly #startedAtMs: number
  readonly #specs = new Map<string, TaskSpec>()
  readonly #schedulers: SimulatedScheduler[] = []
  /** Of planted faults: plans in the place of the planner. */
  readonly #bound: ((host: Host) => void) | undefined

  constructor(
    sizes: Sizes,
    parts: { readonly timeline: Timeline; readonly random: Random; readonly database: SimulatedDatabase; readonly startedAtMs: number },
    bound?: (world: World, host: Host) => void,
  ) {
    this.hosts = sizes.hosts
    this.workers = sizes.workers
    this.schedulers = sizes.schedulers
    this.slots = sizes.slots
    this.maxVersions = sizes.maxVersions
    this.leaseMs = sizes.leaseMs
    this.timeline = parts.timeline
    this.random = parts.random
    this.database = parts.database
    this.#startedAtMs = parts.startedAtMs
    this.#bound = bound === undefined ? undefined : (host) => bound(this, host)
    this.watch = new Watch(this)
  }

  begin(): void {
    for (let n = 0; n < this.hosts; n++) this.addHost()
    for (let n = 0; n < this.schedulers; n++) this.#schedulers.push(new SimulatedScheduler(this))
  }

  addHost(): Host {
    const host = new Host(this, `host${this.living.length}`, this.workers, this.#bound)
    this.living.push(host)
    return host
  }

  /** How many processes were started. */
  get started(): number {
    return this.living.reduce((sum, { started }) => sum + started, 0)
  }

  get wallMs(): number {
    return this.#startedAtMs + this.timeline.now + this.clockOffsetMs
  }

  get processes(): readonly WorkerProcess[] {
    return this.living.flatMap(({ processes }) => processes)
  }

  get disturbed(): boolean {
    return this.timeline.now < this.disturbedUntil
  }

  startMs(): number {
    return (150 + this.random.integer(1_200)) * this.slowness
  }

  /** A notification is a hint: each listener hears it a little later, and sometimes not at all. */
  hint(channel: Channel): void {
    const hear = (act: () => void): void => {
      if (this.random.chance(0.95)) this.timeline.after(this.random.integer(4), act)
    }
    for (const process of channel === 'ready' || channel === 'cancel' ? this.processes : []) {
      hear(() => (channel === 'ready' ? process.wake() : process.lookForCancelled()))
    }
    for (const host of channel === 'ready' || channel === 'version' ? this.living : []) hear(() => host.look())
    for (const each of channel === 'run' || channel === 'version' ? this.#schedulers : []) hear(() => each.wake())
  }

  /** Specs by the file that a definition names. */
  learn(file: string, spec: PipelineSpec): void {
    for (const task of spec.tasks) this.#specs.set(`${file}#${task.name}`, task)
  }

  specOf({ file, task }: Claim): TaskSpec {
    const spec = this.#specs.get(`${file}#${task}`)
    if (spec === undefined) throw new Error(`a task ${task} of ${file} was claimed, which nobody published`)
    return spec
  }

  began(process: string, claim: Claim): void {
    this.watch.began(process, claim)
  }

  finished(items: readonly FinishItem[], finished: Finished): void {
    this.database.changes++
    this.watch.finished(items, finished)
  }
}
