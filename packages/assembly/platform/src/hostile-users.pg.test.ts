import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openUsers } from '@sluice/accounts'
import { withSession } from '@sluice/postgres'
import { processesOf } from '@sluice/process'
import { expect, test } from 'vitest'
import { httpMark } from './http/start-http.ts'
import { openServerPlatform } from './serve-platform.ts'
import { type Answers, editorsDeeds, harass, viewersDeeds } from './testing/hostile-callers.ts'
import { platformFolder } from './testing/index.ts'

const example = fileURLToPath(new URL('../../../../examples/lake', import.meta.url))
const [project, pipeline] = ['lake-example', 'archive']

const long = process.env.SLUICE_TEST_LONG === '1'
/** Of each role. */
const hostile = long ? 20 : 4
const stormMs = long ? 600_000 : 15_000

test('hostile viewers and editors stop nobody: the platform answers, the owner queries, runs end, memory has a bound', async () => {
  await using folder = await platformFolder([example], { workers: 1 })
  const notes: string[] = []
  const server = await openServerPlatform({ root: folder.root, note: (text) => notes.push(text) })
  const storm = new AbortController()
  try {
    const { settings, client } = server.platform
    const { url: databaseUrl, adminUrl } = await server.platform.database()
    const tokenOf = await tokens(databaseUrl)
    await client.runs.wait((await client.pipelines.trigger({ params: { pipeline }, body: {} })).id)

    const answers: Answers = new Map()
    const callers = Array.from({ length: hostile }, (_, n) => [
      harass({ url: server.url, token: tokenOf(`viewer${n}`), first: n }, viewersDeeds(project, `viewer${n}`), answers, storm.signal),
      harass({ url: server.url, token: tokenOf(`editor${n}`), first: n }, editorsDeeds(project, pipeline), answers, storm.signal),
    ]).flat()
    const pings: number[] = []
    const queries: number[] = []
    let mostMb = 0
    const endsAt = Date.now() + stormMs
    while (Date.now() < endsAt) {
      pings.push(await timed(() => status(`${server.url}/healthz`), 200))
      for (const store of ['lake', 'warehouse']) {
        queries.push(await timed(() => status(`${server.url}/api/v1/${store}/${project}/query`, tokenOf('ada'), { sql: 'select 1' }), 200))
      }
      mostMb = Math.max(mostMb, memoryMb(processesOf(httpMark(settings.stateDir))[0] ?? 0))
      await delay(50)
    }
    const run = await client.pipelines.trigger({ params: { pipeline }, body: {} })
    expect(await client.runs.wait(run.id)).toMatchObject({ state: 'success' })
    storm.abort()
    await Promise.all(callers)

    const p99 = quantile(pings, 0.99)
    const query = quantile(queries, 0.99)
    console.log(`answers ${JSON.stringify([...answers])}; healthz p99 ${p99} ms, select 1 p99 ${query} ms, ${Math.round(mostMb)} MB`)
    expect(answers.get(200) ?? 0).toBeGreaterThan(0)
    expect([...answers.keys()].filter((each) => each === 500)).toEqual([])
    expect(notes.filter((note) => note.includes('HTTP process ended'))).toEqual([])
    expect(mostMb).toBeLessThan(1_024)
    // Figures are those of a quiet machine.
    if (long) expect([p99 <= 100, query <= 1_000]).toEqual([true, true])
    // Whoever left has left nothing behind.
    await expect
      .poll(() =>
        withSession(adminUrl, (session) =>
          session.query(
            "select pid from pg_stat_activity where state = 'active' and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()",
          ),
        ),
      )
      .toEqual([])
  } finally {
    storm.abort()
    await server.close()
  }
})

/** Of an admin, `ada`, and the hostile ones. */
async function tokens(databaseUrl: string): Promise<(username: string) => string> {
  const users = await openUsers(databaseUrl)
  try {
    const made = new Map<string, string>()
    const roles = Array.from({ length: hostile }, (_, n) => [['viewer', `viewer${n}`] as const, ['editor', `editor${n}`] as const]).flat()
    for (const [role, username] of [['admin', 'ada'] as const, ...roles]) {
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

const memoryMb = (pid: number): number => {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}
