import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isAlive } from '@sluice/process'
import { afterEach, expect, test } from 'vitest'
import { withSession } from '../connection.ts'
import { folderForTests } from './folder-for-tests.ts'
import { startPrivateServer, startTestServer } from './server.ts'

const atEnd: Array<() => unknown> = []
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end()
})

/** A process that starts a server, says where, and then does nothing until it is killed. */
async function process(kind: 'shared' | 'private'): Promise<{ pid: number; dir: string; kill(): Promise<void> }> {
  const child = spawn(globalThis.process.execPath, [fileURLToPath(new URL('./fixtures/start.ts', import.meta.url)), kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  atEnd.push(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { ...(JSON.parse(line) as { pid: number; dir: string }), kill }
}

test('processes of one checkout share one server', async () => {
  const [here, there] = await Promise.all([startTestServer(), process('shared')])
  expect(there.pid).toBe(here.pid)
})

test('when the test process is killed its private server ends by itself and its files go', async () => {
  const { pid, dir, kill } = await process('private')
  expect(isAlive(pid)).toBe(true)
  await kill()
  await expect.poll(() => isAlive(pid)).toBe(false)
  await expect.poll(() => remains(dir)).toBe(false)
})

const remains = async (dir: string): Promise<boolean> => (await readdir(await folderForTests())).some((name) => dir.endsWith(name))

test('a private server is killed and comes back on its port with its rows', async () => {
  const server = await startPrivateServer()
  atEnd.push(() => server.drop())
  const before = server.pid
  await withSession(server.url('postgres'), (session) => session.query('create table kept as select 1 as one'))
  await server.kill()
  expect(isAlive(before)).toBe(false)
  await server.restart()
  expect(server.pid).not.toBe(before)
  await withSession(server.url('postgres'), async (session) => expect(await session.query('select one from kept')).toEqual([{ one: 1 }]))
})
