import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openTestUsers } from '@sluice/accounts/testing'
import { long } from '@sluice/core/testing'
import { withSession } from '@sluice/postgres'
import { processesOf, residentMb } from '@sluice/process'
import { expect, test } from 'vitest'
import { httpMark } from './http/start-http.ts'
import { openServerPlatform } from './serve-platform.ts'
import { type Answers, editorsDeeds, harass, hoard, hoardersDeeds, viewersDeeds } from './testing/hostile-callers.ts'
import { platformFolder } from './testing/index.ts'

const example = fileURLToPath(new URL('../../../../examples/lake', import.meta.url))
const loopHolds = new URL('./testing/loop-holds.ts', import.meta.url).href
const [project, pipeline] = ['lake-example', 'archive']
const stores = ['lake', 'warehouse'] as const
const ticking = `import { cron, pipeline, task } from 'sluice'
export default pipeline({ name: 'ticking', schedule: cron('* * * * *'), steps: [task({ name: 'tick', run: async () => {} })] })
`

/** Ten minutes with figures, or one round without: a busy machine makes none of what is promised here untrue. */
/** Of each role. */
const hostile = long ? 20 : 2
const hoarders = ['eve', 'mallory', 'oscar'] as const
/** What each has of the same thing at once: two turns, ten places in the queue, and eight that are told so. */
const [asksOfHoarder, toldOfHoarder] = [20, 8]

test('hostile people stop nobody: they are told to wait, an admin is answered, runs end, memory has a bound, nothing stays behind', async () => {
  await using folder = await platformFolder([example], { workers: 1 })
  await writeFile(join(folder.root, 'projects/lake/pipelines/ticking.ts'), ticking)
  const holds = join(folder.root, 'loop-holds')
  const before = process.env.NODE_OPTIONS ?? ''
  Object.assign(process.env, { SLUICE_TEST_LOOP_HOLDS: holds, NODE_OPTIONS: `${before} --import ${loopHolds}` })
  const notes: string[] = []
  const server = await openServerPlatform({ root: folder.root, note: (text) => notes.push(text) })
  const [hoarding, storm] = [new AbortController(), new AbortController()]
  try {
    const { settings, client } = server.platform
    const { url: databaseUrl, adminUrl } = await server.platform.database()
    const tokenOf = await tokens(databaseUrl)
    const caller = (name: string) => ({ url: server.url, token: tokenOf(name) })
    await client.runs.wait((await client.pipelines.trigger({ params: { pipeline }, body: {} })).id)

    const [pings, queries]: [number[], number[]] = [[], []]
    let mostMb = 0
    const query = (store: string, name: string) =>
      status(`${server.url}/api/v1/${store}/${project}/query`, tokenOf(name), { sql: 'select 1' })
    const began = Date.now()
    const round = async (): Promise<void> => {
      pings.push(await timed(() => status(`${server.url}/healthz`), 200))
      for (const store of stores) queries.push(await timed(() => query(store, 'ada'), 200))
      mostMb = Math.max(mostMb, residentMb(processesOf(httpMark(settings.stateDir))[0] ?? 0) ?? 0)
    }

    const told: unknown[] = []
    const asks = hoarders.flatMap((name) =>
      Array.from({ length: asksOfHoarder }, (_, n) => {
        const deeds = hoardersDeeds(project)
        return hoard(caller(name), deeds[n % deeds.length] ?? deeds[0], (refused) => told.push(refused), hoarding.signal)
      }),
    )
    await expect.poll(() => told.length).toBeGreaterThanOrEqual(hoarders.length * toldOfHoarder)
    for (let n = 0; n < 3; n++) await round()
    if (!long) hoarding.abort()

    const answers: Answers = new Map()
    const callers = Array.from({ length: hostile }, (_, first) => [
      harass({ ...caller(`viewer${first}`), first }, viewersDeeds(project, `viewer${first}`), answers, storm.signal),
      harass({ ...caller(`editor${first}`), first }, editorsDeeds(project, pipeline), answers, storm.signal),
    ]).flat()
    const enough = callers.length * editorsDeeds(project, pipeline).length
    const isOver = (): boolean => (long ? Date.now() - began >= 600_000 : [...answers.values()].reduce((sum, n) => sum + n, 0) >= enough)
    while (!isOver()) {
      await round()
      await delay(50)
    }
    const run = await client.pipelines.trigger({ params: { pipeline }, body: {} })
    expect(await client.runs.wait(run.id)).toMatchObject({ state: 'success' })
    storm.abort()
    hoarding.abort()
    await Promise.all([...asks, ...callers])

    expect(told).toEqual(
      told.map(() => ({
        retryAfter: '5',
        problem: expect.objectContaining({ code: 'query.busy', facts: { waiting: expect.any(Number) } }),
      })),
    )
    expect(answers.get(200) ?? 0).toBeGreaterThan(0)
    expect([...answers.keys()].filter((each) => each === 500)).toEqual([])
    expect(notes.filter((note) => note.includes('HTTP process ended'))).toEqual([])
    expect(mostMb).toBeLessThan(1_024)
    const seen = {
      healthzP99Ms: quantile(pings, 0.99),
      selectP99Ms: quantile(queries, 0.99),
      tickLagMs: await tickLagMs(databaseUrl, began),
      ...longestHolds(holds, began),
      mostMb: Math.round(mostMb),
    }
    console.info(`hostile people: ${JSON.stringify({ ...seen, answers: Object.fromEntries(answers), told: told.length })}`)
    // Figures are those of a quiet machine. What a route does must not hold the others up; the collector of V8 pauses all of them.
    if (long) expect([seen.healthzP99Ms <= 100, seen.selectP99Ms <= 1_000, seen.loopHoldMs <= 50]).toEqual([true, true, true])
    await expect.poll(() => withSession(adminUrl, (session) => session.query(asked))).toEqual([])
    expect(await Promise.all(stores.map((store) => query(store, 'eve')))).toEqual([200, 200])
  } finally {
    process.env.NODE_OPTIONS = before
    delete process.env.SLUICE_TEST_LOOP_HOLDS
    hoarding.abort()
    storm.abort()
    await server.close()
  }
})

/** What somebody's query of a warehouse is in its server. */
const asked = `select pid, query from pg_stat_activity
  where state = 'active' and (query like '%pg_sleep(600)%' or query like 'fetch forward%') and pid <> pg_backend_pid()`

/** How long after its tick a run of the clock was made at most; `null` where there was none. */
async function tickLagMs(databaseUrl: string, since: number): Promise<number | null> {
  const [found] = await withSession(databaseUrl, (session) =>
    session.query<{ ms: number | null }>(
      `select max(extract(epoch from created_at - interval_end) * 1000)::float8 as ms
         from sluice.run where trigger = 'scheduled' and interval_end > to_timestamp($1::float8 / 1000)`,
      [since],
    ),
  )
  return found?.ms == null ? null : Math.round(found.ms)
}

/** Of the whole seconds since then, in milliseconds of processor time: of our code in one turn, and with the collections in it. */
function longestHolds(file: string, since: number): { readonly loopHoldMs: number; readonly withCollectionsMs: number } {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const seconds = lines.map((line) => line.split(' ').map(Number)).filter(([at = 0]) => at - 2_000 >= since)
  const most = (place: number): number => Math.max(0, ...seconds.map((of) => of[place] ?? 0))
  return { loopHoldMs: most(1), withCollectionsMs: most(2) }
}

/** Of an admin, `ada`, and the hostile ones. */
async function tokens(databaseUrl: string): Promise<(username: string) => string> {
  const users = await openTestUsers(databaseUrl)
  try {
    const made = new Map<string, string>()
    const roles = Array.from({ length: hostile }, (_, n) => [['viewer', `viewer${n}`] as const, ['editor', `editor${n}`] as const]).flat()
    for (const [role, username] of [['admin', 'ada'] as const, ...hoarders.map((name) => ['editor', name] as const), ...roles]) {
      await users.create({ username, role, password: 'a long password', firstName: '', lastName: '', email: '' })
      const { token } = await users.createToken({ username, name: 'test', role, projects: null, expiresAt: Date.now() + 86_400_000 })
      made.set(username, token)
    }
    return (username) => made.get(username) ?? ''
  } finally {
    await users.close()
  }
}

async function status(url: string, token = '', body?: object): Promise<number> {
  const json = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const answer = await fetch(url, body === undefined ? {} : json)
  await answer.arrayBuffer()
  return answer.status
}

/** Milliseconds until the answer that is asked for; others are asked again. */
async function timed(ask: () => Promise<number>, wanted: number): Promise<number> {
  const began = performance.now()
  expect(await ask()).toBe(wanted)
  return Math.round(performance.now() - began)
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
