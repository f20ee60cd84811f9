import type { Claim } from '../../../state/claim.ts'
import type { Finished, FinishItem } from '../../../state/finish.ts'
import type { SimulatedDatabase } from './database.ts'
import type { WorkerProcess } from './process.ts'
import type { Timeline } from './timeline.ts'

/** What must hold was broken. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** What it looks at. */
export interface Watched {
  readonly timeline: Timeline
  readonly database: SimulatedDatabase
  readonly processes: readonly WorkerProcess[]
  /** How many processes were started. */
  readonly started: number
  readonly leaseMs: number
  readonly pollMs: number
  readonly wallMs: number
  /** Starts take this many times longer. */
  readonly slowness: number
  /** A fault is at work, so that nothing needs to go on. */
  readonly disturbed: boolean
  /** The longest time that the database was away. */
  readonly outageMs: number
}

interface Queued {
  readonly id: number
  readonly priority: number
  readonly dueMs: number
  readonly pool: string | null
  readonly computes: boolean
  readonly losses: number
  readonly task: string
}

interface Facts {
  /** Pools with more running tasks than slots. */
  readonly overfullPools: readonly string[]
  /** Of each pipeline and class, and in all: the limit and the runs under way. */
  readonly pipelines: readonly { readonly name: string; readonly most: number | null; readonly active: number }[]
  readonly fullPools: readonly string[]
  readonly running: readonly { readonly id: number; readonly token: number; readonly worker: number; readonly task: string }[]
  readonly queued: readonly Queued[]
  /** Workers whose lease holds. */
  readonly alive: readonly number[]
  readonly open: number
}

const factsSql = `
select
  array(
    select p.name from sluice.pool p
    where p.slots < (select count(*) from sluice.task_run t where t.pool = p.name and t.state = 'running')
  ) as "overfullPools",
  (
    select coalesce(jsonb_agg(jsonb_build_object('name', p.name || ', ' || m.class, 'most', m.most::int, 'active', m.active)), '[]')
    from sluice.pipeline p join sluice.definition def on def.id = p.definition
    cross join lateral (
      select c.class, c.most, (select count(*) from sluice.run r where r.pipeline = p.id and r.state in ('queued', 'running') and r.admitted
        and c.class in (r.trigger, 'total')) as active
      from jsonb_each_text(def.spec -> 'maxActiveRuns') c(class, most)
    ) m
  ) as pipelines,
  array(
    select p.name from sluice.pool p
    where p.slots <= (select count(*) from sluice.task_run t where t.pool = p.name and t.state = 'running')
  ) as "fullPools",
  (
    select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'token', t.token, 'worker', t.worker, 'task', t.task)), '[]')
    from sluice.task_run t where t.state = 'running'
  ) as running,
  (
    select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'priority', t.priority, 'dueMs', extract(epoch from t.run_at) * 1000,
      'pool', t.pool, 'computes', t.computes, 'losses', t.losses, 'task', t.task)), '[]')
    from sluice.task_run t where t.state = 'queued' and t.run_at <= now()
  ) as queued,
  array(select w.id from sluice.worker w where w.state = 'alive' and w.lease_until > now()) as alive,
  (select count(*) from sluice.run r where r.state in ('queued', 'running')) as open`

const concludeSql = `
select
  (select count(*) from sluice.task_run t where t.state in ('waiting', 'queued', 'running'))::int as open,
  (select count(*) from sluice.task_run t where t.state = 'success' and t.reason is distinct from 'marked by hand' and t.task not like 'sensor%'
    and not exists (select from sluice.ledger l where l.task_run = t.id and l.generation = t.generation))::int as unledgered`

/** A task may see this many later ones of its kind begin before it. */
const mostOvertakings = 30
/** Nobody waits this long while tasks that came later begin. */
const patienceMs = 30_000

/**
 * Looks at the real tables and at the simulated processes behind every step, and says what must never be so. It also keeps the trace, by
 * which two simulations of one seed are compared.
 */
export class Watch {
  readonly trace: string[] = []
  attempts = 0
  successes = 0
  open = 0
  readonly #world: Watched
  readonly #begun = new Map<string, string>()
  readonly #succeeded = new Set<string>()
  readonly #unheldSince = new Map<number, number>()
  readonly #besideIdleSince = new Map<number, number>()
  readonly #overtaken = new Map<number, number>()
  readonly #active = new Map<string, number>()
  #queued = new Map<number, Queued>()
  #fullPools: ReadonlySet<string> = new Set()
  #lastBeginning = 0
  #seen = 0

  constructor(world: Watched) {
    this.#world = world
  }

  #now(): number {
    return this.#world.timeline.now
  }

  note(line: string): void {
    this.trace.push(`${this.#now()} ${line}`)
  }

  /** Rule 1: what one claim gives is executed once, and no attempt twice; a sensor's attempt goes on with its next poll. */
  began(process: string, { id, token, attempt, generation, task, run }: Claim): void {
    this.note(`${process} begins ${run} ${task} ${attempt}`)
    this.attempts++
    this.#lastBeginning = this.#now()
    for (const key of [`${id}: claim ${token}`, ...(task.startsWith('sensor') ? [] : [`${id}: attempt ${attempt}`])]) {
      const before = this.#begun.get(key)
      if (before !== undefined) throw new Violation(`${task} of run ${run} (${key}) was executed by ${before} and by ${process}`)
      this.#begun.set(key, process)
    }
    this.#countOvertakings(id)
    this.#overtaken.delete(id)
    if (this.#succeeded.has(`${id}:${generation}`)) throw new Violation(`${task} (run ${run}) was executed after it had succeeded`)
  }

  #countOvertakings(id: number): void {
    const began = this.#queued.get(id)
    if (began === undefined) return
    for (const each of this.#queued.values()) {
      const alike = each.computes === began.computes || each.losses > 0
      const later = began.priority < each.priority || (began.priority === each.priority && began.dueMs > each.dueMs + 1_000)
      if (!alike || !later || (each.pool !== null && this.#fullPools.has(each.pool))) continue
      const count = (this.#overtaken.get(each.id) ?? 0) + 1
      this.#overtaken.set(each.id, count)
      const waitedMs = this.#world.wallMs - each.dueMs
      if (count > mostOvertakings && waitedMs > patienceMs) {
        throw new Violation(
          `${each.task} (${each.id}, ${each.losses} losses) has waited ${waitedMs} ms, and ${count} tasks that came later began before it`,
        )
      }
    }
  }

  finished(items: readonly FinishItem[], { lost }: Finished): void {
    for (const { id, token, outcome } of items) {
      this.note(`${id}.${token} ${lost.includes(id) ? 'discarded' : outcome}`)
      if (outcome === 'success' && !lost.includes(id)) this.successes++
    }
  }

  /** When all is over: every task has ended, each success is in the ledger, and no process was started without a reason. */
  async conclude(mostStarts: number): Promise<void> {
    const { started } = this.#world
    if (started > mostStarts) throw new Violation(`${started} processes were started, and ${mostStarts} are enough`)
    const [left] = await this.#world.database.pool.query<{ open: number; unledgered: number }>(concludeSql)
    if (left?.open !== 0) throw new Violation(`${left?.open} tasks have not ended, and their runs have`)
    if (left.unledgered !== 0) throw new Violation(`${left.unledgered} successes have no receipt in the ledger`)
  }

  /** Behind every act: looks again only when a statement was carried out. */
  async look(): Promise<void> {
    const { database } = this.#world
    if (this.#seen === database.changes) return
    this.#seen = database.changes
    const [facts] = await database.pool.query<Facts>({ name: 'watch', text: factsSql })
    if (facts === undefined) return
    this.#limitsHold(facts)
    this.open = Number(facts.open)
    this.#queued = new Map(facts.queued.map((each) => [each.id, each]))
    this.#fullPools = new Set(facts.fullPools)
    for (const id of this.#overtaken.keys()) if (!this.#queued.has(id)) this.#overtaken.delete(id)
    this.#agree(facts)
    this.#nobodyWaitsBesideAnIdleWorker(facts)
    this.#somethingBegins(facts)
  }

  /** A version with a lower limit may meet more active runs than it allows: then none is added. */
  #limitsHold({ overfullPools, pipelines }: Facts): void {
    if (overfullPools.length > 0) throw new Violation(`more tasks run than the pool has slots: ${overfullPools.join(', ')}`)
    for (const { name, most, active } of pipelines) {
      if (most !== null && active > most && active > (this.#active.get(name) ?? 0))
        throw new Violation(`${name}: ${active} runs under way, and ${most} may be`)
      this.#active.set(name, active)
    }
  }

  /** A process that holds its lease runs what the table says it runs, and nothing else; what nobody runs is found again. */
  #agree({ running, alive }: Facts): void {
    const rows = new Map(running.map((row) => [row.id, row]))
    for (const process of this.#world.processes) {
      if (process.paused || process.worker === null || !alive.includes(process.worker)) continue
      for (const [id, { called, over, claim }] of process.held) {
        const row = rows.get(id)
        if (called && !over && (row?.worker !== process.worker || row.token !== claim.token)) {
          throw new Violation(`${process.name} executes attempt ${claim.attempt} of ${claim.task} (${id}), which is not its own any more`)
        }
      }
    }
    const held = new Set(this.#world.processes.flatMap((process) => [...process.held.keys()].map((id) => `${process.worker}:${id}`)))
    for (const { id, worker, task } of running) {
      if (held.has(`${worker}:${id}`)) {
        this.#unheldSince.delete(id)
        continue
      }
      const since = this.#unheldSince.get(id) ?? this.#now()
      this.#unheldSince.set(id, since)
      if (this.#now() - since > this.#world.leaseMs + 5_000 + this.#world.outageMs) {
        throw new Violation(`${task} (${id}) counts as running since ${since}, and no process has it`)
      }
    }
    for (const id of this.#unheldSince.keys()) if (!rows.has(id)) this.#unheldSince.delete(id)
  }

  #nobodyWaitsBesideAnIdleWorker({ queued, fullPools }: Facts): void {
    const { pollMs } = this.#world
    const idle = this.#world.processes.filter(
      (process) => process.state === 'working' && !process.paused && !process.blocked && !process.full && process.held.size === 0,
    )
    const waiting = new Set(queued.filter(({ pool }) => pool === null || !fullPools.includes(pool)).map(({ id }) => id))
    for (const id of this.#besideIdleSince.keys()) {
      if (!waiting.has(id) || idle.length === 0 || !this.#world.database.reachable) this.#besideIdleSince.delete(id)
    }
    if (idle.length === 0 || !this.#world.database.reachable) return
    for (const id of waiting) {
      const since = this.#besideIdleSince.get(id) ?? this.#now()
      this.#besideIdleSince.set(id, since)
      if (this.#now() - since > 2 * pollMs + 500) {
        throw new Violation(
          `task run ${id} has waited ${this.#now() - since} ms beside ${idle.map(({ name }) => name).join(', ')}, which hold nothing`,
        )
      }
    }
  }

  #somethingBegins({ queued, fullPools }: Facts): void {
    const waiting = queued.filter(({ pool }) => pool === null || !fullPools.includes(pool))
    if (waiting.length === 0 || this.#world.disturbed) this.#lastBeginning = Math.max(this.#lastBeginning, this.#now())
    if (this.#now() - this.#lastBeginning > 60_000 * this.#world.slowness) {
      throw new Violation(`${waiting.length} tasks could run, and none has begun for ${this.#now() - this.#lastBeginning} ms`)
    }
  }
}
