import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { long, type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { kill9, until } from './processes.ts'
import { type ChaosWorld, openWorld } from './world.ts'

/** A task that lost its worker four times fails, since it may be what kills its workers. */
const killsOfRun = 2
/** Starting a platform is too long for each run of the tests: there `killed.test.ts` of the pull kills its process. */
const asked = Number(process.env.SLUICE_CHAOS_KILLS ?? (long ? 20 : 0))
const rounds = Math.ceil(asked / killsOfRun)
const files = long ? 40 : 12
const rowsOfFile = long ? 400 : 100

/** Two workers and two schedulers, since a second command brings one of each. */
async function openShop(): Promise<ChaosWorld> {
  const world = await openWorld({ projects: ['projects/shop'], settings: { workers: 1 } })
  await world.write('projects/shop/package.json', '{ "name": "shop", "type": "module" }')
  await world.write('projects/shop/sluice.config.ts', `import { project } from 'sluice'\nexport default project({ name: 'shop' })\n`)
  const steps = (name: string): string => `import { bigint, dataset, fileSource, pipeline, pull, text } from 'sluice'
const columns = { id: bigint({ notNull: true }), note: text() }
const plain = dataset('silver.${name}', { on: 'lake', columns, quarantine: { warn: 1, fail: 1 } })
const keyed = dataset('silver.${name}_keyed', { on: 'lake', columns, key: ['id'], order: 'id', quarantine: { warn: 1, fail: 1 } })
const inbox = fileSource({ folder: 'inbox', ready: { stable: '0s' }, vanished: 'delete', drift: { retyped: 'ignore' } })
export default pipeline({
  name: '${name}',
  steps: [pull({ name: 'plain', from: inbox, into: plain }), pull({ name: 'keyed', from: inbox, into: keyed })],
})
`
  for (const name of ['calm', 'stormy']) await world.write(`projects/shop/pipelines/${name}.ts`, steps(name))
  return world
}

/** Each round some files are new, one is corrected, one is moved, and one goes. No id stands in two files. */
function change(world: ChaosWorld, round: number, random: Random): void {
  const at = (name: string): string => join(world.root, 'projects/shop/inbox', name)
  const put = (name: string, first: number): void => {
    const rows = Array.from(
      { length: rowsOfFile },
      (_, row) => `${row === 7 ? 'broken' : first + row},${round}.${random.integer(1_000_000)}`,
    )
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), `id,note\n${rows.join('\n')}\n`)
  }
  const first = (file: number): number => (round * files + file) * rowsOfFile
  for (let file = 0; file < files; file++) put(`${round}/${file}.csv`, first(file))
  if (round === 0) return
  put(`${round - 1}/1.csv`, first(0) - files * rowsOfFile + rowsOfFile)
  mkdirSync(at('archive'), { recursive: true })
  renameSync(at(`${round - 1}/2.csv`), at(`archive/${round - 1} 2.csv`))
  rmSync(at(`${round - 1}/3.csv`))
}

interface Under {
  readonly open: number
  readonly running: number
  readonly losses: number
}

const underSql = `select (select count(*) from sluice.run where state in ('queued', 'running'))::int as open,
  (select count(*) from sluice.task_run where state = 'running')::int as running,
  coalesce((select max(losses) from sluice.task_run where state in ('queued', 'running')), 0)::int as losses`

const under = async (world: ChaosWorld): Promise<Under> =>
  (await world.query<Under>('sluice', underSql))[0] ?? { open: 0, running: 0, losses: 0 }

/** Commits of the tables, and what has become of each task: both stand still where nothing goes on. */
async function progressOf(world: ChaosWorld): Promise<string> {
  const [told] = await world.query<{ readonly tasks: string | null }>('sluice', tasksSql)
  const commits = ['calm', 'calm_keyed', 'stormy', 'stormy_keyed'].map((table) => {
    const log = join(world.stateDir, 'lake/shop/silver', table, '_delta_log')
    return `${table} ${existsSync(log) ? readdirSync(log).length : 0}`
  })
  return `files of logs: ${commits.join(', ')}; tasks: ${told?.tasks}`
}

const tasksSql = `select string_agg(format('%s is %s, worker %s, attempt %s, lost %s', task, t.state, worker, attempt, losses), '; ' order by t.id) as tasks
  from sluice.task_run t join sluice.run r on r.id = t.run where r.state in ('queued', 'running')`

/** Each commit of a file starts the wait anew: on a busy machine a pull of many takes longer than what stands still is waited for. */
async function quiet(world: ChaosWorld): Promise<void> {
  for (let before = await progressOf(world); ; ) {
    try {
      return await until('all runs have ended', async () => (await under(world)).open === 0)
    } catch (thrown) {
      const now = await progressOf(world)
      if (now === before) throw new Error(`nothing goes on: ${now}`, { cause: thrown })
      before = now
    }
  }
}

/** Rows that one of the two has and the other has not, and how many there are. */
const compared = (table: string, columns: string): string => {
  const of = (name: string): string => `select ${columns} from silver.${name}${table}`
  return `select (select count(*) from (${of('calm')} except all ${of('stormy')})) as missing,
    (select count(*) from (${of('stormy')} except all ${of('calm')})) as more, (select count(*) from (${of('stormy')})) as rows`
}

test.runIf(rounds > 0)(
  `pulls whose workers are killed (${rounds * killsOfRun} times), of two workers and two schedulers, leave what undisturbed ones leave`,
  async () => {
    const seed = seedOfRun()
    const random = seeded(seed)
    await using world = await openShop()
    await world.start()
    const second = world.launch('worker', '--count', '1', '--scheduler')
    await until('there are two workers', () => world.workers().length >= 2)
    let kills = 0
    for (let round = 0; round < rounds; round++) {
      change(world, round, random)
      // The run has begun, and may have ended, before the command that triggers it ends.
      let triggered = false
      const triggering = world.json('pipelines', 'trigger', 'stormy').then(() => {
        triggered = true
      })
      for (let kill = 0; kill < killsOfRun; kill++) {
        await until('a pull is under way', async () => {
          const now = await under(world)
          return (triggered && now.open === 0) || (now.running > 0 && now.losses <= kill)
        })
        // Where in a pull it falls is the chance that the test is about.
        await delay(random.integer(long ? 1_200 : 200))
        const [workers, now] = [world.workers(), await under(world)]
        const victim = workers[random.integer(workers.length)]
        if (victim === undefined || now.open === 0) continue
        kill9(victim)
        kills += now.running > 0 ? 1 : 0
      }
      await triggering
      await quiet(world)
    }
    await world.json('pipelines', 'trigger', 'calm')
    await quiet(world)
    const failed = await world.query(
      'sluice',
      "select task, state, error ->> 'message' as message from sluice.task_run where state <> 'success'",
    )
    console.info(`${kills} workers were killed within a pull, SLUICE_SEED=${seed}`)
    expect(failed).toEqual([])
    expect(kills).toBeGreaterThan(0)
    const expected = (rounds * files - (rounds - 1)) * (rowsOfFile - 1)
    for (const [table, columns] of [
      ['', 'id, note'],
      ['_keyed', 'id, note'],
      ['__quarantine', 'row_number, rule, place, cells'],
      ['_keyed__quarantine', 'row_number, rule, place, cells'],
    ] as const) {
      const [found] = await world.json<readonly { missing: number; more: number; rows: number }[]>(
        'lake',
        'sql',
        'shop',
        compared(table, columns),
      )
      const rows = table.endsWith('quarantine') ? rounds * files - (rounds - 1) : expected
      expect([table, found], `SLUICE_SEED=${seed}`).toEqual([table, { missing: 0, more: 0, rows }])
    }
    const ledger = `select receipt ->> 'dataset' as dataset, count(*)::int as n, count(distinct (batch, generation))::int as batches,
    bool_and((receipt ->> 'rowsIn')::int = (receipt ->> 'rowsWritten')::int + (receipt ->> 'rowsQuarantined')::int) as adds
    from sluice.ledger where dataset like '%stormy%' group by 1`
    for (const each of await world.query<{ n: number; batches: number; adds: boolean }>('sluice', ledger))
      expect(each).toMatchObject({ n: each.batches, adds: true })
    second.kill('SIGTERM')
  },
)
