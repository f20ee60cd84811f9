import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, chown, lchown, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { isAlive } from '@sluice/process'
import { afterEach, expect, test } from 'vitest'
import { withSession } from '../connection.ts'
import { copyOfEmptyCluster } from '../testing/cluster.ts'
import { type AcquireOptions, acquireServer, type Server, type ServerEvent } from './server.ts'

const settings = { fsync: 'off' }
const linux = process.platform === 'linux'
const root = process.getuid?.() === 0
const atEnd: Array<() => unknown> = []

afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end()
})

/** A folder with a space, which goes after the test, as does its server. */
async function emptyFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice embedded '))
  await chmod(dir, 0o755)
  atEnd.push(() => rm(dir, { recursive: true, force: true }))
  return join(dir, 'postgres')
}

/** The same with a cluster that is not running; its port is its own. */
async function folder(): Promise<string> {
  const dir = await emptyFolder()
  await copyOfEmptyCluster(dir)
  return dir
}

async function acquire(dir: string, options: Partial<AcquireOptions> = {}): Promise<Server> {
  const server = await acquireServer({ dir, settings, ...options })
  atEnd.push(() => server.stop())
  return server
}

interface Acquired {
  readonly pid: number
  readonly port: number
  readonly startedHere: boolean
  readonly adopted: boolean
  readonly url: string
  readonly uid: number
}

function userProcess(
  dir: string,
  account: { uid?: number; gid?: number } = {},
): { child: ChildProcess; ask<T>(command: string): Promise<T> } {
  const child = fork(fileURLToPath(new URL('./fixtures/user-process.ts', import.meta.url)), [dir], { cwd: '/', execArgv: [], ...account })
  atEnd.push(() => child.kill('SIGKILL'))
  const ask = async <T>(command: string): Promise<T> => {
    child.send(command)
    const [message] = (await once(child, 'message')) as [{ answer: T; error?: string }]
    if (message.error !== undefined) throw new Error(message.error)
    return message.answer
  }
  return { child, ask }
}

const answers = (server: Server, database = 'postgres'): Promise<unknown[]> =>
  withSession(server.url(database), (session) => session.query('select 1 as one'))

test('the first use creates the cluster, the next one starts it on the same port in well under a second', async () => {
  const dir = await emptyFolder()
  const events: ServerEvent[] = []
  const first = await acquire(dir, { onEvent: (event) => events.push(event) })
  expect(await answers(first)).toEqual([{ one: 1 }])
  expect(first).toMatchObject({ startedHere: true, adopted: false })
  await first.release()
  expect(isAlive(first.pid)).toBe(false)
  const again = await acquire(dir, { onEvent: (event) => events.push(event) })
  expect(again.port).toBe(first.port)
  expect(events.map(({ kind }) => kind)).toEqual(['initialised', 'started', 'stopped', 'started'])
})

test('the server speaks on the loopback only and demands SCRAM of everybody', async () => {
  const server = await acquire(await folder())
  await withSession(server.url('postgres'), async (session) => {
    expect(await session.query('select distinct auth_method from pg_hba_file_rules')).toEqual([{ auth_method: 'scram-sha-256' }])
    const [encoding] = await session.query(
      `select current_setting('server_encoding') as encoding, current_setting('timezone') as zone, datlocprovider as provider from pg_database where datname = 'postgres'`,
    )
    expect(encoding).toEqual({ encoding: 'UTF8', zone: 'UTC', provider: 'b' })
  })
  await expect(withSession(server.url('postgres', { user: 'postgres', password: 'wrong' }), async () => undefined)).rejects.toMatchObject({
    code: 'postgres.failed',
    facts: { sqlstate: '28P01' },
  })
  expect((await stat(join(server.dir, 'password'))).mode & 0o777).toBe(0o600)
  const hexPort = server.port.toString(16).toUpperCase().padStart(4, '0')
  const sockets =
    process.platform === 'linux'
      ? `${await readFile('/proc/net/tcp', 'utf8')}${await readFile('/proc/net/tcp6', 'utf8').catch(() => '')}`
      : ''
  const listening = sockets.split('\n').filter((line) => line.includes(`:${hexPort} `) && / 0A /.test(line))
  if (linux) expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${hexPort}`])
})

test.skipIf(!linux)('the server has its own process group, so that Ctrl-C in the terminal does not reach it', async () => {
  const server = await acquire(await folder())
  const state = await readFile(`/proc/${server.pid}/stat`, 'utf8')
  const [, , group] = state.slice(state.lastIndexOf(')') + 2).split(' ')
  expect(Number(group)).toBe(server.pid)
})

const asksForAnHour = `import pg from 'pg'
const client = new pg.Client(process.env.URL)
await client.connect()
await client.query('select pg_sleep(3600)')`

test.skipIf(!linux)('the query of a process that was killed ends soon', async () => {
  const server = await acquire(await folder())
  const asker = spawn(process.execPath, ['--input-type=module', '-e', asksForAnHour], {
    cwd: import.meta.dirname,
    env: { ...process.env, URL: server.url('postgres') },
    stdio: 'ignore',
  })
  atEnd.push(() => asker.kill('SIGKILL'))
  const asked = () =>
    withSession(server.url('postgres'), (session) =>
      session.query("select state from pg_stat_activity where query = 'select pg_sleep(3600)' and state = 'active'"),
    )
  await expect.poll(asked).toHaveLength(1)
  asker.kill('SIGKILL')
  await expect.poll(asked).toEqual([])
})

test('four processes that start at once share one server, and the last one out stops it', async () => {
  const dir = await emptyFolder()
  const processes = Array.from({ length: 4 }, () => userProcess(dir))
  const got = await Promise.all(processes.map(({ ask }) => ask<Acquired>('acquire')))
  expect(new Set(got.map(({ pid }) => pid)).size).toBe(1)
  expect(got.filter(({ startedHere }) => startedHere)).toHaveLength(1)
  const pid = got[0]?.pid ?? 0
  const [last, ...others] = processes
  await Promise.all(others.map(({ ask }) => ask('release')))
  expect(isAlive(pid)).toBe(true)
  await last?.ask('release')
  expect(isAlive(pid)).toBe(false)
})

test('a process that exits without releasing the server ends it, unless another one uses it', async () => {
  const dir = await folder()
  const [first, second] = [userProcess(dir), userProcess(dir)]
  const { pid } = await first.ask<Acquired>('acquire')
  await second.ask<Acquired>('acquire')
  first.child.send('exit')
  await once(first.child, 'exit')
  expect(await second.ask<Acquired>('acquire')).toMatchObject({ pid, startedHere: false })
  second.child.send('exit')
  await once(second.child, 'exit')
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('a server that outlived the kill -9 of everybody is adopted, and stopped by its new user', async () => {
  const dir = await folder()
  const { child, ask } = userProcess(dir)
  const before = await ask<Acquired>('acquire')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const server = await acquire(dir)
  expect(server).toMatchObject({ pid: before.pid, port: before.port, adopted: true, startedHere: false })
  await server.release()
  expect(isAlive(before.pid)).toBe(false)
})

test('a user in the same process keeps the server when another one releases, and releasing twice counts once', async () => {
  const dir = await folder()
  const one = await acquire(dir)
  const two = await acquire(dir)
  expect(two).toMatchObject({ startedHere: false, adopted: false, pid: one.pid })
  await one.release()
  await one.release()
  expect(await answers(two)).toEqual([{ one: 1 }])
})

test('every acknowledged row is there after the postmaster was killed under writes', async () => {
  const dir = await folder()
  const before = await acquire(dir, { settings: {} })
  const acknowledged: number[] = []
  await withSession(before.url('postgres'), (session) => session.query('create table written (n int)'))
  const writer = withSession(before.url('postgres'), async (session) => {
    for (let n = 0; ; n++) {
      await session.execute('insert into written values ($1)', [n])
      acknowledged.push(n)
      if (n === 300) process.kill(before.pid, 'SIGKILL')
    }
  })
  await expect(writer).rejects.toMatchObject({ code: 'postgres.unavailable', kind: 'retryable' })
  const began = performance.now()
  const after = await acquire(dir, { settings: {} })
  console.log(`recovered ${Math.round(performance.now() - began)} ms after kill -9, ${acknowledged.length} rows acknowledged`)
  expect(after).toMatchObject({ startedHere: true, port: before.port })
  const rows = await withSession(after.url('postgres'), (session) => session.query<{ n: number }>('select n from written'))
  const there = new Set(rows.map(({ n }) => n))
  expect(acknowledged.filter((n) => !there.has(n))).toEqual([])
  expect(acknowledged.length).toBeGreaterThan(300)
})

test('a postmaster.pid that names a living process of another kind is not taken for a server', async () => {
  const dir = await folder()
  const before = await acquire(dir)
  await before.stop()
  const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
  atEnd.push(() => stranger.kill())
  await writeFile(
    join(dir, 'data', 'postmaster.pid'),
    `${stranger.pid}\n${join(dir, 'data')}\n1\n${before.port}\n\n127.0.0.1\n  1  1\nready   \n`,
  )
  const after = await acquire(dir)
  expect(after.startedHere).toBe(true)
  expect(await answers(after)).toEqual([{ one: 1 }])
  expect(stranger.exitCode).toBe(null)
})

test('a port that somebody else took is replaced by a free one, which is kept', async () => {
  const dir = await folder()
  const before = await acquire(dir)
  await before.release()
  const thief = createServer().listen(before.port, '127.0.0.1')
  await once(thief, 'listening')
  atEnd.push(() => thief.close())
  const events: ServerEvent[] = []
  const after = await acquire(dir, { onEvent: (event) => events.push(event) })
  expect(after.port).not.toBe(before.port)
  expect(events).toContainEqual({ kind: 'port_changed', from: before.port, to: after.port })
  expect(await answers(after)).toEqual([{ one: 1 }])
  await after.release()
  expect((await acquire(dir)).port).toBe(after.port)
})

test('data of another major version is refused with a sentence', async () => {
  const dir = await folder()
  const server = await acquire(dir)
  await server.stop()
  await writeFile(join(dir, 'data', 'PG_VERSION'), '17\n')
  await expect(acquire(dir)).rejects.toMatchObject({
    code: 'postgres.failed',
    facts: { dataMajor: 17 },
    next: expect.stringContaining('PostgreSQL 17'),
  })
})

test('an interrupted initdb leaves nothing that the next one stumbles over', async () => {
  const dir = await emptyFolder()
  await mkdir(join(dir, 'data.new.1234abcd', 'base'), { recursive: true })
  await writeFile(join(dir, 'data.new.1234abcd', 'PG_VERSION'), '18\n')
  const server = await acquire(dir)
  expect(await answers(server)).toEqual([{ one: 1 }])
  expect((await readdir(dir)).filter((name) => name.startsWith('data'))).toEqual(['data'])
})

test('a password that is not the servers is reported as such', async () => {
  const dir = await folder()
  await acquire(dir)
  await writeFile(join(dir, 'password'), 'other\n')
  await expect(acquireServer({ dir })).rejects.toMatchObject({
    code: 'postgres.failed',
    message: expect.stringContaining('does not take the password'),
  })
})

test('a cluster without its password file is not given another password', async () => {
  const dir = await folder()
  await rm(join(dir, 'password'))
  await expect(acquireServer({ dir })).rejects.toMatchObject({ code: 'postgres.failed', message: expect.stringContaining('password file') })
})

test.skipIf(!linux)('users killed at any moment of creating, starting and stopping leave a folder that works', async () => {
  const random = seeded(seedOfRun())
  const dir = await emptyFolder()
  for (let round = 0; round < 10; round++) {
    const { child, ask } = userProcess(dir)
    const killed = once(child, 'exit')
    const began = ask<Acquired>('acquire').then(() => ask('release'))
    began.catch(() => undefined)
    await delay((round < 5 ? 900 : 250) * random.next())
    child.kill('SIGKILL')
    await killed
  }
  const server = await acquire(dir)
  expect(await answers(server)).toEqual([{ one: 1 }])
  const servers = await Promise.all(
    (await readdir('/proc')).filter(Number).map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return command.includes('/postgres\0-D\0') && (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === join(dir, 'data')
    }),
  )
  expect(servers.filter(Boolean)).toHaveLength(1)
})

test('SLUICE_PG_BINDIR without a postgres is named in the error', async () => {
  process.env.SLUICE_PG_BINDIR = '/nowhere'
  atEnd.push(() => delete process.env.SLUICE_PG_BINDIR)
  await expect(acquireServer({ dir: await emptyFolder() })).rejects.toMatchObject({ code: 'config.invalid', facts: { bindir: '/nowhere' } })
})

test.skipIf(!root)(
  'root: below a folder that only root may enter, the server has an account of its own and rights on nothing else',
  async () => {
    const dir = await emptyFolder()
    await mkdir(dir, { mode: 0o700 })
    await chmod(join(dir, '..'), 0o700)
    const events: ServerEvent[] = []
    const server = await acquire(dir, { onEvent: (event) => events.push(event) })
    expect(events).toContainEqual(expect.objectContaining({ kind: 'initialised', runAs: 'account' }))
    const { uid } = await stat(`/proc/${server.pid}`)
    const known = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => Number(line.split(':')[2]))
    expect(known).not.toContain(uid)
    expect((await readFile(`/proc/${server.pid}/status`, 'utf8')).match(/^Cap(Prm|Eff|Amb):.*/gm)).toEqual(
      ['Prm', 'Eff', 'Amb'].map((set) => `Cap${set}:\t0000000000000000`),
    )
    const owners = new Set<number>()
    for (const entry of await readdir(join(dir, 'data'), { recursive: true })) owners.add((await stat(join(dir, 'data', entry))).uid)
    expect([...owners]).toEqual([uid])
    const readsKey = withSession(server.url('postgres'), (session) => session.query('select pg_read_file($1)', [join(dir, 'password')]))
    await expect(readsKey).rejects.toThrow(/Permission denied/)
  },
)

test.skipIf(!root)('root: a server that starts again keeps its account, and data of another account is handed over', async () => {
  const dir = await folder()
  const uidOf = async (server: Server): Promise<number> => (await stat(`/proc/${server.pid}`)).uid
  const first = await acquire(dir)
  const uid = await uidOf(first)
  await first.release()
  const second = await acquire(dir)
  expect(await uidOf(second)).toBe(uid)
  await second.release()
  for (const entry of await readdir(join(dir, 'data'), { recursive: true })) await lchown(join(dir, 'data', entry), 65534, 65534)
  await chown(join(dir, 'data'), 65534, 65534)
  const [elsewhere, others] = [join(dir, '..', 'elsewhere'), join(dir, '..', 'elsewhere', 'file of others')]
  await mkdir(elsewhere)
  await writeFile(others, '')
  await symlink(elsewhere, join(dir, 'data', 'pg_tblspc', 'link'))
  const third = await acquire(dir)
  expect(await uidOf(third)).not.toBe(65534)
  expect([(await stat(elsewhere)).uid, (await stat(others)).uid]).toEqual([0, 0])
  expect(await answers(third)).toEqual([{ one: 1 }])
})

const namespaces = root && spawnSync('unshare', ['-U', 'true']).status === 0
if (root && !namespaces) console.warn('skipped: this machine refuses user namespaces, so running the server in one was not tried')

test.skipIf(!namespaces)('root: where it worked before, the server runs in a user namespace and the files stay roots', async () => {
  const dir = await emptyFolder()
  await mkdir(dir)
  await writeFile(join(dir, 'server.json'), JSON.stringify({ runAs: 'namespace' }))
  const server = await acquire(dir)
  expect((await stat(join(dir, 'data'))).uid).toBe(0)
  expect(JSON.parse(await readFile(join(dir, 'server.json'), 'utf8'))).toMatchObject({ runAs: 'namespace', major: 18 })
  expect(await answers(server)).toEqual([{ one: 1 }])
})

const asUser =
  root &&
  (await access('/proc/self').then(() => true)) &&
  spawnSync(process.execPath, ['-e', ''], { uid: 65534, gid: 65534, cwd: '/' }).status === 0
if (root && !asUser) console.warn('skipped: this checkout cannot be read by an ordinary user, so running as one was not tried')

test.skipIf(!asUser)('an ordinary user has its own server in a path with a space', async () => {
  const dir = await emptyFolder()
  await mkdir(dir)
  await chown(dir, 65534, 65534)
  const { ask } = userProcess(dir, { uid: 65534, gid: 65534 })
  const got = await ask<Acquired>('acquire')
  expect(got).toMatchObject({ uid: 65534, startedHere: true })
  expect(await withSession(got.url, (session) => session.query('select 1 as one'))).toEqual([{ one: 1 }])
  expect((await stat(join(dir, 'data'))).uid).toBe(65534)
  expect(JSON.parse(await readFile(join(dir, 'server.json'), 'utf8'))).toMatchObject({ runAs: 'self' })
  await ask('release')
  expect(isAlive(got.pid)).toBe(false)
})
