import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { commandOf, kill9, until } from './processes.ts'
import { writeShop } from './shop.ts'
import { type ChaosWorld, openWorld, type StartedPlatform, type WorldOptions } from './world.ts'

async function shopWorld(options: WorldOptions = {}): Promise<ChaosWorld> {
  const world = await openWorld({ projects: ['projects/shop'], ...options })
  await writeShop(world)
  return world
}

interface Run {
  readonly id: string
  readonly state: string
}

const trigger = (world: ChaosWorld, ms: number): Promise<Run> => world.json<Run>('pipelines', 'trigger', 'slow', '--param', `ms=${ms}`)

const working = (world: ChaosWorld): Promise<void> =>
  until('a task runs', async () => (await world.query('sluice', "select 1 from sluice.task_run where state = 'running'")).length > 0)

const ended = (platform: StartedPlatform): Promise<number | null> =>
  new Promise((resolve) => {
    if (platform.child.exitCode !== null) resolve(platform.child.exitCode)
    else platform.child.once('exit', (code) => resolve(code))
  })

test('a port in use ends the start with 1, the port and the way out; nothing is left running', async () => {
  await using world = await shopWorld({ withoutCluster: true })
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    const { code, stdout, stderr } = await world.sluice('start', '--port', String(port))
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('port.in_use')
    expect(stderr).toContain(String(port))
    expect(stderr).toMatch(/next .*(?:--port|SLUICE_PORT)/)
  } finally {
    other.close()
  }
  expect(world.processes()).toEqual([])
  expect(await world.postmaster()).toBeUndefined()
})

test('a second start on the same state exits 1 with the pid and the URL of the first, which keeps running; SIGTERM lets its task at hand finish and leaves no process behind', async () => {
  await using world = await shopWorld()
  const platform = await world.start()
  const second = await world.sluice('start')
  expect(second.code).toBe(1)
  expect(second.stdout).toBe('')
  expect(second.stderr).toContain('lock.held')
  expect(second.stderr).toContain(String(platform.pid))
  expect(second.stderr).toContain(platform.url)
  expect((await fetch(`${platform.url}/readyz`)).status).toBe(200)

  const run = await trigger(world, 1_500)
  await working(world)
  platform.child.kill('SIGTERM')
  expect(await ended(platform)).toBe(0)
  expect(world.processes().map(commandOf)).toEqual([])
  expect(await world.postmaster()).toBeUndefined()
  // The finished state is read by a command that starts PostgreSQL for itself and stops it.
  const detail = await world.json<Run>('runs', 'show', run.id)
  expect(detail.state).toBe('success')
  expect(await world.postmaster()).toBeUndefined()
})

test('Ctrl-C in a terminal, which goes to the whole group, lets the task at hand finish and leaves no process behind', async () => {
  await using world = await shopWorld()
  const platform = await world.startAsLeader()
  const run = await trigger(world, 1_500)
  await working(world)
  process.kill(-platform.pid, 'SIGINT')
  expect(await ended(platform)).toBe(0)
  expect(world.processes().map(commandOf)).toEqual([])
  expect(await world.postmaster()).toBeUndefined()
  expect(await world.json<Run>('runs', 'show', run.id)).toMatchObject({ state: 'success' })
})

test('a second Ctrl-C ends the platform at once, and neither PostgreSQL nor a worker is left behind', async () => {
  await using world = await shopWorld()
  const platform = await world.startAsLeader()
  await trigger(world, 3_600_000)
  await working(world)
  process.kill(-platform.pid, 'SIGINT')
  process.kill(-platform.pid, 'SIGINT')
  // Two signals that come before the process runs again are one.
  const again = setInterval(() => platform.child.exitCode === null && process.kill(-platform.pid, 'SIGINT'), 100)
  expect(await ended(platform)).toBe(130)
  clearInterval(again)
  await until('PostgreSQL ends', async () => (await world.postmaster()) === undefined)
  await until('the workers leave', () => world.processes().length === 0)
})

test('SIGTERM ends the platform also while PostgreSQL is down', async () => {
  await using world = await shopWorld()
  const platform = await world.start()
  const postmaster = await world.postmaster()
  platform.child.kill('SIGTERM')
  if (postmaster !== undefined) kill9(postmaster)
  expect(await ended(platform)).toBe(0)
  expect(world.processes().map(commandOf)).toEqual([])
  expect(await world.postmaster()).toBeUndefined()
})

test('workers of a killed platform end by themselves, and the next start finishes the work', async () => {
  await using world = await shopWorld()
  const platform = await world.start()
  const run = await trigger(world, 120_000)
  await working(world)
  const orphans = world.workers()
  expect(orphans.length).toBeGreaterThan(0)
  kill9(platform.pid)
  const killedAt = Date.now()
  // The lease, and 5 s of grace for a task that does not end by itself.
  await until('the orphans end', () => world.workers().length === 0)
  console.info(`orphaned workers were gone after ${Date.now() - killedAt} ms`)
  await world.start()
  await until('the lost task runs again', async () => {
    const rows = await world.query<{ attempt: number }>(
      'sluice',
      `select attempt from sluice.task_run where run = '${run.id}' and state = 'running'`,
    )
    return rows[0]?.attempt === 2
  })
  const attempts = await world.query<{ state: string }>(
    'sluice',
    `select a.state from sluice.attempt a join sluice.task_run t on t.id = a.task_run where t.run = '${run.id}'`,
  )
  expect(attempts).toEqual([{ state: 'lost' }])
})
