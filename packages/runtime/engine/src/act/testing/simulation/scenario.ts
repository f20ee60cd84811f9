import type { PipelineSpec, TaskSpec } from '@sluice/author'
import type { Random } from '@sluice/core/testing'
import type { Engine } from '../../../api.ts'
import { publishVersion } from '../../../state/definitions.ts'
import { pipelineSpec, taskSpec } from '../test-engine.ts'
import type { Kind } from './behaviour.ts'
import type { Trouble } from './disturbances.ts'
import type { World } from './world.ts'

/** What people do to pipelines, runs and backfills beside triggering. */
export const deeds = ['pause', 'resume', 'cancel', 'clear', 'mark', 'backfill', 'pause backfill', 'cancel backfill'] as const
export type Deed = (typeof deeds)[number]

/** What people and sources do in a simulation. Everything is drawn from the seed. */
export interface Scenario {
  readonly projects: number
  readonly pipelines: number
  /** Most tasks of a pipeline. */
  readonly tasks: number
  readonly kinds: readonly [Kind, ...Kind[]]
  /** The share of tasks in the pool of their project, which has two slots. */
  readonly pooled: number
  /** Manual runs, over the whole time. */
  readonly triggers: number
  readonly publications: number
  /** How many times somebody does one of these. */
  readonly interventions: number
  readonly deeds: readonly [Deed, ...Deed[]]
  /** How many times one of these goes wrong. */
  readonly faults: number
  readonly troubles: readonly [Trouble, ...Trouble[]]
  /** For this long things happen; then everything is to end. */
  readonly lengthMs: number
}

/** Draws a pipeline whose tasks have names that say what they do. */
function drawPipeline(name: string, { kinds, tasks, pooled }: Scenario, random: Random, release: number): PipelineSpec {
  const specs: TaskSpec[] = []
  const count = 1 + random.integer(tasks)
  for (let n = 0; n < count; n++) {
    const kind = random.pick(kinds)
    const upstream = specs.filter(() => random.chance(0.3)).map((each) => each.name)
    specs.push(
      taskSpec(`${kind}${n}`, upstream, {
        rule: random.chance(0.8) ? 'all_success' : 'all_done',
        computes: kind === 'computes',
        pool: random.chance(pooled) ? { name: 'pool', slots: 2 } : null,
        retry: { attempts: 3, delayMs: 100, backoff: 'constant', maxDelayMs: 100 },
        timeoutMs: kind === 'hangs' || kind === 'deaf' ? 2_000 : kind === 'sensor' ? 60_000 : null,
        everyMs: kind === 'sensor' ? 1_000 : null,
        onTimeout: kind === 'sensor' ? 'fail' : null,
      }),
    )
  }
  const scheduled = random.chance(0.4)
  return pipelineSpec(name, specs, {
    schedule: scheduled ? { cron: '* * * * *' } : null,
    catchup: random.chance(0.5),
    maxActiveRuns: random.chance(0.7) ? 1 + random.integer(3) : { scheduled: 1, manual: 1 + random.integer(2), backfill: 1 },
    tags: [`release ${release}`],
  })
}

export class People {
  readonly #world: World
  readonly #engine: Engine
  readonly #scenario: Scenario
  readonly #specs = new Map<string, readonly PipelineSpec[]>()
  readonly triggered: string[] = []
  #release = 0
  #left: boolean = false

  constructor(world: World, engine: Engine, scenario: Scenario) {
    this.#world = world
    this.#engine = engine
    this.#scenario = scenario
  }

  async begin(): Promise<void> {
    const { projects, triggers, publications, interventions, lengthMs } = this.#scenario
    for (let n = 0; n < projects; n++) await this.#world.database.now(() => this.#publish(`project${n}`))
    const { timeline, random } = this.#world
    for (let n = 0; n < triggers; n++) timeline.after(random.integer(lengthMs), () => this.#whenReachable(() => this.#trigger()))
    for (let n = 0; n < publications; n++) {
      timeline.after(random.integer(lengthMs), () => this.#whenReachable(() => this.#publish(`project${random.integer(projects)}`)))
    }
    for (let n = 0; n < interventions; n++) timeline.after(random.integer(lengthMs), () => this.#whenReachable(() => this.#intervene()))
  }

  /** No ticks come any more, and everything goes on: what was paused is not any more. */
  async leave(): Promise<void> {
    this.#left = true
    await this.#world.database.now(() => this.#resumeAll())
    this.#world.hint('run')
  }

  async #resumeAll(): Promise<void> {
    for (const project of this.#specs.keys())
      await this.#publish(
        project,
        this.#specs.get(project)?.map((spec) => ({ ...spec, schedule: null })),
      )
    for (const { project, name, paused } of await this.#engine.pipelines()) {
      if (paused) await this.#engine.setPaused({ project, pipeline: name }, false)
    }
    for (const { id, state } of (await this.#engine.backfills({ limit: 100 })).items) {
      if (state === 'paused') await this.#engine.pauseBackfill(id, false)
    }
  }

  /** Whoever waits for an outage to end is gone when everybody has left: a pause behind that would be for ever. */
  async #whenReachable(act: () => Promise<void>): Promise<void> {
    if (this.#left) return
    if (!this.#world.database.reachable) return this.#world.timeline.after(500, () => this.#whenReachable(act))
    await this.#world.database.now(act)
  }

  async #publish(project: string, given?: readonly PipelineSpec[]): Promise<void> {
    const { random, database } = this.#world
    const release = this.#release++
    const version = `${project}-${release}`
    const names = Array.from({ length: this.#scenario.pipelines }, (_, n) => `${project}_${n}`)
    const specs = given ?? names.map((name) => drawPipeline(name, this.#scenario, random, release))
    this.#specs.set(project, specs)
    const files = Object.fromEntries(specs.map(({ name }) => [name, `${version}/${name}`]))
    for (const spec of specs) this.#world.learn(files[spec.name] ?? '', spec)
    await publishVersion(database.pool, { project, timeZone: 'UTC', version, specs, files, errors: [] }, this.#world.wallMs)
    this.#world.watch.note(`${version} is published`)
    this.#world.hint('version')
  }

  async #trigger(): Promise<void> {
    const { random } = this.#world
    const project = `project${random.integer(this.#scenario.projects)}`
    const pipeline = `${project}_${random.integer(this.#scenario.pipelines)}`
    const { id } = await this.#engine.trigger({ project, pipeline })
    this.triggered.push(id)
    this.#world.watch.note(`${pipeline} is triggered: ${id}`)
    this.#world.hint('ready')
    this.#world.hint('run')
  }

  /** What is refused, because a task runs or the run has ended, changes nothing. */
  async #intervene(): Promise<void> {
    const { random, watch, wallMs } = this.#world
    const project = `project${random.integer(this.#scenario.projects)}`
    const ref = { project, pipeline: `${project}_${random.integer(this.#scenario.pipelines)}` }
    const run = this.triggered[random.integer(Math.max(1, this.triggered.length))]
    const what = random.pick(this.#scenario.deeds)
    watch.note(`${what} ${ref.pipeline} ${run}`)
    try {
      if (what === 'pause' || what === 'resume') await this.#engine.setPaused(ref, what === 'pause')
      else if (what === 'backfill') await this.#engine.backfill(ref, { start: wallMs - 600_000, end: wallMs - 300_000 })
      else if (what === 'pause backfill' || what === 'cancel backfill') {
        const [newest] = (await this.#engine.backfills({ limit: 1 })).items
        if (newest !== undefined && what === 'cancel backfill') await this.#engine.cancelBackfill(newest.id)
        else if (newest !== undefined) await this.#engine.pauseBackfill(newest.id, newest.state !== 'paused')
      } else if (run !== undefined) {
        const { taskRuns } = await this.#engine.run(run)
        const task = taskRuns[random.integer(taskRuns.length)]?.task ?? ''
        if (what === 'cancel') await this.#engine.cancel(run)
        else if (what === 'clear') await this.#engine.clear({ run, task })
        else await this.#engine.mark({ run, task, state: random.pick(['success', 'failed', 'skipped']) })
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'request.invalid') throw error
    }
    for (const channel of ['cancel', 'ready', 'run'] as const) this.#world.hint(channel)
  }
}
