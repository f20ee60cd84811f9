import { appendFile, mkdir, mkdtemp, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import type { AttemptSummary } from '@sluice/engine'
import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createClient, linesOf } from '../client/index.ts'
import { createApp } from '../server/app.ts'
import { inProcessTransport } from '../server/in-process.ts'
import { anAttempt, aRun, aTaskRun } from '../testing/samples.ts'
import { engineWith, servicesWith } from '../testing/services.ts'
import { createEventHub, newsOf } from './events.ts'
import { logPath } from './log.ts'
import { endedLine } from './own-lines.ts'

const { group: _, upstream: __, ...changed } = aTaskRun
const aChangedTask = { run: aRun.id, ...changed }

async function logged(text: string) {
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-log-'))
  await mkdir(join(stateDir, 'logs/shop/sales/7/extract'), { recursive: true })
  await writeFile(join(stateDir, anAttempt.log), text)
  return stateDir
}

const clientOf = (stateDir: string, endedAt: () => number | null) =>
  createClient(
    inProcessTransport(
      createApp(
        servicesWith({
          engine: { attempts: async () => [{ ...anAttempt, endedAt: endedAt(), state: endedAt() === null ? 'running' : 'success' }] },
          info: { version: '0', stateDir, profile: 'live', projects: [], folders: {}, ready: async () => true },
        }),
        { access: createAccess('k'.repeat(43)) },
      ),
    ),
  )

const first = '{"at":"2026-11-21T02:30:00.100Z","level":"info","message":"attempt 1 of extract started"}\n'
const lastLine = '{"at":"1970-01-01T00:00:00.001Z","level":"info","message":"ended: success"}\n'

test('a log comes whole, across chunk borders and many-byte characters, between the lines of the engine', async () => {
  const text = 'é'.repeat(100_000)
  const stream = await clientOf(await logged(text), () => 1).tasks.log({ params: { run: '7', task: 'extract' } })
  expect(await new Response(stream).text()).toBe(`${first}${text}${lastLine}`)
})

test('a task that logged nothing has the lines of the engine and no file', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-log-'))
  await mkdir(join(stateDir, 'logs'))
  const stream = await clientOf(stateDir, () => 1).tasks.log({ params: { run: '7', task: 'extract' } })
  expect(await new Response(stream).text()).toBe(first + lastLine)
})

test('a followed log is read until the attempt has ended', async () => {
  const stateDir = await logged('one\n')
  let endedAt: number | null = null
  const stream = await clientOf(stateDir, () => endedAt).tasks.log({ params: { run: '7', task: 'extract' }, query: { follow: true } })
  const seen: string[] = []
  for await (const line of linesOf(stream)) {
    seen.push(line)
    if (line === 'one') await appendFile(join(stateDir, anAttempt.log), 'two\n')
    if (line === 'two') {
      await appendFile(join(stateDir, anAttempt.log), 'three\n')
      endedAt = 1
    }
  }
  expect(seen).toEqual([first.trim(), 'one', 'two', 'three', lastLine.trim()])
})

test('parts of a log: the last lines, and bytes from an offset on, which put together are the whole', async () => {
  const seed = seedOfRun()
  const { integer } = seeded(seed)
  for (let round = 0; round < 40; round++) {
    const ofFile = Array.from({ length: integer(5) }, () => `${'x'.repeat(integer(round % 4 === 0 ? 90_000 : 9))}\n`)
    const stateDir = await logged(ofFile.join(''))
    const ended = integer(2) === 1
    const lines = [first, ...ofFile, ...(ended ? [lastLine] : [])]
    const read = async (query: object) =>
      await new Response(
        await clientOf(stateDir, () => (ended ? 1 : null)).tasks.log({ params: { run: '7', task: 'extract' }, query }),
      ).text()
    for (let tail = 0; tail < 8; tail++) {
      expect(await read({ tail }), `SLUICE_SEED=${seed} round ${round} tail ${tail}`).toBe(tail === 0 ? '' : lines.slice(-tail).join(''))
    }
    const bytes = Math.ceil(lines.join('').length / 12) + integer(70_000)
    let whole = ''
    for (let part = ' '; part !== ''; whole += part) {
      part = await read({ from: whole.length, bytes })
      expect(part.length).toBeLessThanOrEqual(bytes)
    }
    expect(whole).toBe(lines.join(''))
  }
})

test('the last lines of a log of 100 GB are read from its end, and a line of 60 MB comes in small pieces', async () => {
  const stateDir = await logged('')
  await truncate(join(stateDir, anAttempt.log), 100_000_000_000)
  await appendFile(join(stateDir, anAttempt.log), '\none\ntwo\n')
  const tail = await clientOf(stateDir, () => 1).tasks.log({ params: { run: '7', task: 'extract' }, query: { tail: 3 } })
  expect(await new Response(tail).text()).toBe(`one\ntwo\n${lastLine}`)

  const long = await logged(`${'z'.repeat(60_000_000)}\n`)
  const pieces: number[] = []
  for await (const piece of await clientOf(long, () => 1).tasks.log({ params: { run: '7', task: 'extract' } }))
    pieces.push(piece.byteLength)
  expect(Math.max(...pieces)).toBeLessThanOrEqual(65_536)
  const lines: number[] = []
  for await (const line of linesOf(await clientOf(long, () => 1).tasks.log({ params: { run: '7', task: 'extract' } })))
    lines.push(line.length)
  expect(lines).toEqual([first.length - 1, 60_000_000, lastLine.length - 1])
})

test('an attempt that was skipped, cancelled or lost says so in its last line; the error of one that failed is in its file', () => {
  const error = { code: 'task.killed', kind: 'retryable', message: 'the worker process died' } as const
  const lineOf = (rest: Partial<AttemptSummary>) => endedLine({ ...anAttempt, endedAt: 1, ...rest })
  expect(lineOf({ state: 'skipped', reason: 'nothing to do' })).toContain('"message":"ended: skipped, nothing to do"')
  expect(lineOf({ state: 'cancelled', reason: 'the run was cancelled' })).toContain('"message":"ended: cancelled, the run was cancelled"')
  expect(lineOf({ state: 'lost', error })).toContain('"level":"error","message":"the worker process died"')
  expect(lineOf({ state: 'failed', error })).toBeUndefined()
})

test('an attempt that is not there is named', async () => {
  await expect(
    clientOf(await logged(''), () => 1).tasks.log({ params: { run: '7', task: 'extract' }, query: { attempt: 3 } }),
  ).rejects.toMatchObject({ code: 'not_found', message: 'task extract has no attempt 3' })
})

test('no name and no link leads a log out of the state directory', async () => {
  const stateDir = await logged('')
  await writeFile(join(stateDir, 'key'), 'secret')
  await symlink(join(stateDir, 'key'), join(stateDir, 'logs/link.log'))
  await expect(logPath(stateDir, 'logs/../key')).rejects.toMatchObject({ code: 'not_found' })
  await expect(logPath(stateDir, '/etc/passwd')).rejects.toMatchObject({ code: 'not_found' })
  await expect(logPath(stateDir, 'logs/link.log')).rejects.toMatchObject({ code: 'not_found' })
})

test('a change that two answers tell is one event', () => {
  const one = { cursor: '7', complete: true, runs: [{ run: aRun, change: '5' }], tasks: [{ task: aChangedTask, change: '5' }] }
  const first = newsOf(one, new Set())
  expect(first.events.map(({ type }) => type)).toEqual(['run', 'task'])
  expect(newsOf(one, first.seen).events).toEqual([])
  const later = { ...one, tasks: [{ task: { ...aChangedTask, attempt: 2 }, change: '8' }] }
  expect(newsOf(later, first.seen).events).toEqual([{ type: 'task', data: { ...aChangedTask, attempt: 2 } }])
})

test('readers of live events share one look at the engine, and it stops with the last of them', async () => {
  const asked: (string | null)[] = []
  const hub = createEventHub(
    engineWith({
      changes: async (since) => {
        asked.push(since)
        const ended = { run: { ...aRun, state: 'success', endedAt: 1 } as const, change: '9' }
        return {
          cursor: `${asked.length}`,
          complete: asked.length !== 3,
          runs: since === null ? [] : [{ ...ended, change: `${asked.length}` }],
          tasks: [],
        }
      },
    }),
  )
  const stop = new AbortController()
  const first = hub.subscribe(stop.signal)
  const second = hub.subscribe(stop.signal)
  for (const reader of [first, second]) expect((await reader.next()).value).toBe(': connected\n\n')
  const [a, b] = await Promise.all([first.next(), second.next()])
  expect(a.value).toMatch(/^id: 1\nevent: run\ndata: \{.*"state":"success"/)
  expect(b.value).toBe(a.value)
  expect(asked).toEqual([null, '1'])
  // More changed than is told: a gap in the numbers says so.
  expect((await first.next()).value).toMatch(/^id: 3\n/)
  stop.abort()
  expect((await first.next()).done).toBe(true)
  for (let at = await second.next(); at.done !== true; ) at = await second.next()
})

test('a reader of events who does not take them is told that it is too slow, and others go on', async () => {
  let told = 0
  const hub = createEventHub(
    engineWith({
      changes: async (since) => ({
        cursor: `${++told}`,
        complete: true,
        runs: since === null ? [] : [{ run: { ...aRun, id: `run${told}` }, change: `${told}` }],
        tasks: [],
      }),
    }),
    // Of one event and a half.
    Math.floor(1.5 * JSON.stringify(aRun).length),
  )
  const stop = new AbortController()
  const slow = hub.subscribe(stop.signal)
  const quick = hub.subscribe(stop.signal)
  for (const reader of [slow, quick]) await reader.next()
  expect((await slow.next()).value).toContain('"id":"run2"')
  for (const run of ['run2', 'run3', 'run4']) expect((await quick.next()).value).toContain(`"id":"${run}"`)
  expect((await slow.next()).value).toMatch(/^event: ended\ndata: .*faster than they were read.*Connect again/)
  expect((await slow.next()).done).toBe(true)
  expect((await quick.next()).value).toContain('"id":"run5"')
  stop.abort()
  expect((await quick.next()).done).toBe(true)
})
