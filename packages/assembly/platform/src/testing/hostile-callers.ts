import { setTimeout as delay } from 'node:timers/promises'

/** One thing that somebody does again and again. */
export interface Deed {
  readonly path: string
  readonly body?: unknown
  /** Leaves after so long, without the answer. */
  readonly leavesMs?: number
}

/** What a viewer may ask, at its most expensive, and what is not a request at all. */
export const viewersDeeds = (project: string, caller: string): readonly Deed[] => [
  { path: '/api/v1/runs?limit=100' },
  { path: '/api/v1/runs?cursor=x' },
  { path: '/api/v1/runs/%00' },
  { path: '/api/v1/events', leavesMs: 1_000 },
  { path: `/api/v1/lake/rows?project=${project}&dataset=silver.readings&limit=100000` },
  { path: '/api/v1/openapi.json' },
  { path: '/login', body: { username: `nobody of ${caller}`, password: 'a wrong password' } },
]

/** What an editor may ask: answers, memory, time and connections without end. */
export const editorsDeeds = (project: string, pipeline: string): readonly Deed[] => {
  const [lake, warehouse] = [`/api/v1/lake/${project}/query`, `/api/v1/warehouse/${project}/query`]
  const columns = Array.from({ length: 700 }, (_, n) => `'a text of column ${n}' as c${n}`)
  return [
    { path: lake, body: { sql: 'select count(*) from range(10000000) a, range(10000000) b' }, leavesMs: 3_000 },
    { path: lake, body: { sql: `select ${columns.join(', ')} from range(100000)`, limit: 100_000 } },
    { path: lake, body: { sql: "select repeat('x', 100000000) from range(100)", limit: 100 } },
    { path: warehouse, body: { sql: 'select pg_sleep(600)' }, leavesMs: 1_000 },
    { path: warehouse, body: { sql: "select repeat('x', 1000000) from generate_series(1, 200)", limit: 200 } },
    {
      path: `/api/v1/pipelines/${pipeline}/backfills?project=${project}`,
      body: { start: '1000-01-01', end: '3000-01-01', dryRun: true },
    },
    { path: lake, body: { sql: `select '${'x'.repeat(20_000_000)}'` } },
  ]
}

/** What one person keeps busy for as long as it is let: more of it at once than a person has turns and places in the queue. */
export const hoardersDeeds = (project: string): readonly [Deed, Deed] => [
  { path: `/api/v1/warehouse/${project}/query`, body: { sql: 'select pg_sleep(600)' } },
  {
    path: `/api/v1/lake/${project}/query`,
    body: { sql: 'select count(*) from range(10000000) a, range(10000000) b where a.range * b.range % 7 = 3' },
  },
]

/** Asks the same thing again and again until told to stop, and tells of each time it was to wait. */
export async function hoard(
  { url, token }: { readonly url: string; readonly token: string },
  deed: Deed,
  onRefused: (told: { readonly retryAfter: string | null; readonly problem: unknown }) => void,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      const answer = await ask(url, token, deed, stop)
      const problem: unknown = await answer.json()
      if (answer.status === 429) onRefused({ retryAfter: answer.headers.get('retry-after'), problem })
      await delay(100, undefined, { signal: stop })
    } catch (thrown) {
      if (!stop.aborted) throw thrown
    }
  }
}

const ask = (url: string, token: string, { path, body }: Deed, signal: AbortSignal): Promise<Response> =>
  fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    signal,
  })

/** How often each status came; `left` counts those who did not wait, `refused` connections that were not taken or broke. */
export type Answers = Map<number | 'left' | 'refused', number>

/** Does the deeds one after another, the first one first, again and again, until told to stop. */
export async function harass(
  { url, token, first }: { readonly url: string; readonly token: string; readonly first: number },
  deeds: readonly Deed[],
  answers: Answers,
  stop: AbortSignal,
): Promise<void> {
  for (let n = first; !stop.aborted; n++) {
    const deed = deeds[n % deeds.length]
    if (deed === undefined) return
    const answer = await statusOf(url, token, deed, stop)
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
    if (answer === 'refused') await delay(100)
  }
}

async function statusOf(url: string, token: string, deed: Deed, stop: AbortSignal): Promise<number | 'left' | 'refused'> {
  const leaves = deed.leavesMs === undefined ? stop : AbortSignal.any([stop, AbortSignal.timeout(deed.leavesMs)])
  try {
    const answer = await ask(url, token, deed, leaves)
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return leaves.aborted ? 'left' : 'refused'
  }
}
