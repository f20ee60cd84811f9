import type { SqlFunction } from '@sluice/postgres'
import type { Host } from './host.ts'
import type { Scenario } from './scenario.ts'
import type { Simulation } from './simulate.ts'
import type { World } from './world.ts'

/** A fault that the simulation must see, and the platform that shows it. */
export interface PlantedFault extends Pick<Simulation, 'plantSql' | 'plantPlanner'> {
  readonly name: string
  readonly seen: RegExp
  /** The first seed that is tried, where those before it do not show the fault; 1 by default. */
  readonly firstSeed?: number
  readonly sizes?: Partial<Simulation['sizes']>
  readonly scenario: Partial<Scenario>
  readonly database?: Simulation['database']
}

/** Replaces a part of one function. A part that is not there any more is a plant that proves nothing. */
const instead =
  (name: string, part: string | RegExp, by: string) =>
  (one: SqlFunction): string => {
    if (one.name !== name) return one.sql
    const sql = one.sql.replaceAll(typeof part === 'string' ? part : new RegExp(part, 'g'), by)
    if (sql === one.sql) throw new Error(`the fault that is planted in ${name} does not fit any more`)
    return sql
  }

const demandSql = `
select t.version, extract(epoch from now() - min(t.run_at))::float8 * 1000 as "waitedMs" from sluice.task_run t
where t.state = 'queued' and t.run_at <= now() group by t.version order by 2 desc`

/** Each process serves one version; one without a process that has waited a second takes that of another, whatever that has done so far. */
function bindsWorkers(world: World, host: Host): void {
  world.database.ask(
    (db) => db.query<{ version: number; waitedMs: number }>(demandSql),
    (reply) => {
      if (reply.kind !== 'answer' || !host.alive) return
      const views = host.views
      const served = new Set(views.filter(({ draining }) => !draining).map(({ version }) => version))
      const unserved = reply.value.filter(({ version }) => !served.has(version))
      for (let slot = 0; slot < host.slots; slot++) {
        const next = views.some((view) => view.slot === slot) ? undefined : (unserved.shift() ?? reply.value[0])
        if (next !== undefined) host.start(slot, next.version)
      }
      const pending = views.filter(({ draining }) => draining).length
      const victims = views.filter(({ draining }) => !draining)
      for (const [at, { waitedMs }] of unserved.slice(pending).entries()) {
        const victim = victims[at]
        if (victim !== undefined && waitedMs >= 1_000) host.drain(victim.slot)
      }
    },
  )
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'a supervisor that binds processes to versions, and takes them from each other',
    plantPlanner: bindsWorkers,
    seen: /none has begun|beside|were started/,
    sizes: { hosts: 1, workers: 2, slots: 1 },
    scenario: { projects: 4, pipelines: 1, kinds: ['waits'], triggers: 20, publications: 0, interventions: 0, faults: 0, lengthMs: 2_000 },
    database: { lostReplies: 0, together: 0 },
  },
  {
    name: 'a claim that does not count a pool again under its lock',
    plantSql: instead('claim', /for one in[\s\S]*?end loop;/, ''),
    seen: /more tasks run than the pool has slots/,
    firstSeed: 3,
    scenario: { projects: 1, kinds: ['waits', 'computes'], pooled: 1, faults: 0, publications: 0, interventions: 0 },
    database: { lostReplies: 0, together: 0.9 },
  },
  {
    name: 'a clear that begins at once, whatever runs',
    plantSql: instead('reset_tasks', 'admitted = false, ', ''),
    seen: /runs under way/,
    scenario: { projects: 1, pipelines: 1, interventions: 30, deeds: ['clear'], faults: 0, publications: 0, kinds: ['waits', 'quick'] },
  },
  {
    name: 'leases that nobody looks at',
    plantSql: instead('reap', ' or w.lease_until < now()', ''),
    seen: /no process has it/,
    scenario: { kinds: ['waits'], faults: 6, troubles: ['host'] },
  },
]
