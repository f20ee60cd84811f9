import { appendFile, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunDetail } from '@sluice/engine'
import { expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createClient, linesOf } from '../client/index.ts'
import { createApp } from '../server/app.ts'
import { inProcessTransport } from '../server/in-process.ts'
import { anAttempt, aRun, aRunDetail, aTaskRun } from '../testing/samples.ts'
import { engineWith, servicesWith } from '../testing/services.ts'
import { changesBetween, createEventHub } from './events.ts'
import { logPath } from './log.ts'

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
          engine: { attempts: async () => [{ ...anAttempt, endedAt: endedAt() }] },
          info: { version: '0', stateDir, profile: 'live', ready: async () => true },
        }),
        { access: createAccess('k'.repeat(43)) },
      ),
    ),
  )

test('a log comes whole, across chunk borders and many-byte characters', async () => {
  const text = 'é'.repeat(100_000)
  const stream = await clientOf(await logged(text), () => 1).tasks.log({ params: { run: '7', task: 'extract' } })
  expect(await new Response(stream).text()).toBe(text)
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
  expect(seen).toEqual(['one', 'two', 'three'])
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

test('changes are new runs, other states and other attempts; a first look tells nothing', () => {
  const known = new Map([[aRun.id, aRunDetail]])
  const retried: RunDetail = { ...aRunDetail, taskRuns: [{ ...aTaskRun, attempt: 2 }] }
  expect(changesBetween(undefined, [aRunDetail])).toEqual([])
  expect(changesBetween(known, [aRunDetail])).toEqual([])
  expect(changesBetween(known, [retried]).map(({ type }) => type)).toEqual(['run', 'task'])
  expect(changesBetween(known, [{ ...aRunDetail, state: 'success' }])).toEqual([{ type: 'run', data: { ...aRun, state: 'success' } }])
  expect(changesBetween(new Map(), [aRunDetail]).map(({ type }) => type)).toEqual(['run', 'task'])
})

test('readers of live events share one look at the engine, and it stops with the last of them', async () => {
  let looks = 0
  let detail: RunDetail = aRunDetail
  const hub = createEventHub(
    engineWith({
      runs: async () => {
        looks++
        return { items: [detail], next: null }
      },
      run: async () => {
        const now = detail
        detail = { ...aRunDetail, state: 'success', endedAt: 1 }
        return now
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
  expect(looks).toBe(2)
  stop.abort()
  expect((await first.next()).done).toBe(true)
  expect((await second.next()).done).toBe(true)
})
