import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { acquireServer, type Server } from '@sluice/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadedBy, ofAServer, partsIn } from '../testing/loaded-by.ts'
import { type PlatformOnDisk, platformOnDisk } from '../testing/platform-on-disk.ts'
import { shop } from '../testing/shop.ts'

let platform: PlatformOnDisk

beforeAll(async () => {
  platform = await platformOnDisk(shop, { server: 'none' })
})

afterAll(async () => {
  await platform[Symbol.asyncDispose]()
})

const shopWithReport = `import { project } from 'sluice'
export default project({ name: 'shop', demo: { pipelines: ['sales', 'closing'], report: 'gold.closings' } })
`
const closing = `import { dataset, pipeline, task } from 'sluice'
const closings = dataset('gold.closings', { on: 'lake', files: 'text/plain' })
const tell = task({ name: 'tell', fills: [closings], run: (_, { lake, run }) => lake.put(closings, run.id + ' closed on time') })
export default pipeline({ name: 'closing', steps: [tell] })
`

/** Nothing of ours runs on the state: no server, no PostgreSQL. */
const isQuiet = (): boolean => !postgresRuns() && !servesNow()
const servesNow = (): boolean => {
  const file = join(platform.stateDir, 'services.json')
  return existsSync(file) && 'api' in (JSON.parse(readFileSync(file, 'utf8')) as object)
}
const postgresRuns = (): boolean => existsSync(join(platform.stateDir, 'postgres/data/postmaster.pid'))

describe('with nothing running', () => {
  test('pipelines list starts what it needs, answers, and leaves nothing running', () => {
    const { status, stdout } = platform.sluice('pipelines', 'list', '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([
      { project: 'shop', name: 'fails', paused: false, schedule: null, nextTick: null, lastRun: null },
      { project: 'shop', name: 'sales' },
    ])
    expect(isQuiet()).toBe(true)
  })

  test('trigger without --wait says that nothing executes it', () => {
    const { status, stdout, stderr } = platform.sluice('pipelines', 'trigger', 'sales')
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^run \w+ of shop:sales is queued\n$/)])
    expect(stderr).toContain('run "npx sluice start", or trigger with --wait')
  })

  test('trigger --wait executes, and the earlier run with it; 0 for success', () => {
    const { status, stdout, stderr } = platform.sluice('pipelines', 'trigger', 'sales', '--wait', '--json', '--param', 'day=2026-11-20')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ state: 'success', params: { day: '2026-11-20' }, tasks: { success: 2 } })
    expect(stderr).toMatch(/report +success/)
    expect(isQuiet()).toBe(true)
    const runs = JSON.parse(platform.sluice('runs', 'list', 'sales', '--json').stdout) as { state: string }[]
    expect(runs.map(({ state }) => state)).toEqual(['success', 'success'])
  })
})

describe('beside a command that has PostgreSQL running', () => {
  let server: Server
  beforeAll(async () => {
    server = await acquireServer({ dir: join(platform.stateDir, 'postgres') })
  })
  afterAll(() => server.stop())

  test('a run that fails ends the command with 1, and its words are on stderr', () => {
    const { status, stdout, stderr } = platform.sluice('pipelines', 'run', 'fails')
    expect(status).toBe(1)
    expect(stdout).toMatch(/^run \w+ of shop:fails: failed/)
    expect(stderr).toContain('the till is empty')
    expect(stderr).toContain('sluice tasks logs fails breaks')
    const copied = platform.sluice(
      'warehouse',
      'sql',
      'shop',
      'select pipeline, state, failed_task from sluice_runs order by run desc limit 1',
      '--json',
    )
    expect(JSON.parse(copied.stdout)).toEqual([{ pipeline: 'fails', state: 'failed', failed_task: 'breaks' }])
  })

  test('logs are read by name, for people and as entries', () => {
    expect(platform.sluice('tasks', 'logs', 'sales', 'report').stdout).toContain('REPORT: 120 rows')
    const entries = JSON.parse(platform.sluice('tasks', 'logs', 'sales', 'count', '--json').stdout) as { message: string; facts: object }[]
    expect(entries.find(({ message }) => message === 'counting')?.facts).toEqual({ day: '2026-11-20' })
  })

  test('the log of a failure is what it says, what to do, and the line of the file that its author edits', () => {
    const { stdout } = platform.sluice('tasks', 'logs', 'fails', 'breaks')
    const lines = stdout.split('\n')
    const at = lines.findIndex((line) => line.includes('the till is empty'))
    expect(lines.slice(at, at + 3)).toEqual([
      expect.stringMatching(/error the till is empty {2}code=task\.failed/),
      expect.stringMatching(/^ {4}next Look at projects\/shop\/pipelines\/fails\.ts:\d+:\d+, where it was thrown/),
      expect.stringMatching(/^ {4}at .*projects\/shop\/pipelines\/fails\.ts:\d+:\d+\)?$/),
    ])
    expect(stdout).not.toContain('.sluice/versions')
  })

  test('clear runs a task again, with a new generation', () => {
    const { status, stdout } = platform.sluice('tasks', 'clear', 'sales', 'count', '--yes', '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ state: 'success', taskRuns: [{ generation: 2 }, { generation: 2 }] })
    const asked = platform.sluice('tasks', 'clear', 'sales', 'count')
    expect(asked.status).toBe(0)
  })

  test('a name that is nearly right is answered with the right one', () => {
    const { status, stderr } = platform.sluice('pipelines', 'trigger', 'slaes')
    expect([status, stderr]).toEqual([1, expect.stringContaining('Did you mean sales?')])
  })

  test('a query that the project keeps is listed with its parameters and run by its name', () => {
    const listed = platform.sluice('warehouse', 'sql', 'shop', '--list')
    expect([listed.status, listed.stdout]).toEqual([0, expect.stringMatching(/@numbers +:last +Numbers from 1/)])
    const { stdout } = platform.sluice('warehouse', 'sql', 'shop', '@numbers', '--param', 'last=3', '--json')
    expect(JSON.parse(stdout)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    const without = platform.sluice('warehouse', 'sql', 'shop', '@numbers')
    expect([without.status, without.stderr]).toEqual([1, expect.stringContaining('Give --param last=...')])
    expect(platform.sluice('warehouse', 'sql', 'shop', '@numers').stderr).toContain('Did you mean numbers?')
  })

  test('the warehouse answers with numbers that are numbers', () => {
    const { status, stdout } = platform.sluice('warehouse', 'sql', 'shop', 'select 120::bigint as n, 1.50::numeric as price', '--json')
    expect([status, JSON.parse(stdout)]).toEqual([0, [{ n: 120, price: '1.50' }]])
  })

  test('instants are read as the same times by people and by programs', () => {
    const query = "select timestamptz '2026-11-21 03:30:00.25+01' as seen, null::timestamptz as never"
    expect(platform.sluice('warehouse', 'sql', 'shop', query).stdout).toContain('2026-11-21T02:30:00.250Z')
    expect(JSON.parse(platform.sluice('warehouse', 'sql', 'shop', query, '--json').stdout)).toEqual([
      { seen: '2026-11-21T02:30:00.250Z', never: null },
    ])
  })

  test('cancelling a run that has ended fails with 1 and says so', () => {
    const [run] = JSON.parse(platform.sluice('runs', 'list', 'sales', '--json').stdout) as { id: string }[]
    const { status, stdout, stderr } = platform.sluice('runs', 'cancel', run?.id ?? '')
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('has ended already: success')
  })

  test('tests run on throwaway stores', () => {
    const before = platform.sluice('runs', 'list', '--json').stdout
    const { status, stdout } = platform.sluice('pipelines', 'test', 'sales', '2026-11-20', '--json')
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ state: 'success', logicalTime: Date.UTC(2026, 10, 20) })])
    expect(platform.sluice('runs', 'list', '--json').stdout).toBe(before)
  })
})

describe('definitions', () => {
  test('a broken file is shown with its place by validate, which ends with 1; the other pipelines still run', async () => {
    expect(platform.sluice('validate').status).toBe(0)
    await platform.write(
      'projects/shop/pipelines/broken.ts',
      `import { pipeline } from 'sluice'\nexport default pipeline({ name: 'b', steps: [] })\n`,
    )
    const { status, stdout } = platform.sluice('validate')
    expect(status).toBe(1)
    expect(stdout).toContain('projects/shop/pipelines/broken.ts:2')
    expect(stdout).toContain('> 2 |')
    expect(platform.sluice('pipelines', 'errors').status).toBe(1)
    expect(platform.sluice('pipelines', 'trigger', 'sales', '--wait').status).toBe(0)
    await platform.write('projects/shop/pipelines/broken.ts', `export default 1\n`)
    expect(JSON.parse(platform.sluice('validate', '--json').stdout)).toMatchObject({ ok: false, errors: [{ file: 'pipelines/broken.ts' }] })
  })

  test('validate names a model whose query gives other columns than its dataset, at its place, in lake and warehouse', async () => {
    await platform.write(
      'projects/shop/pipelines/broken.ts',
      `import { dataset, integer, model, pipeline, sql } from 'sluice'
const columns = { id: integer({ notNull: true }) }
const [here, there] = [dataset('silver.here', { on: 'lake', columns }), dataset('public.there', { on: 'warehouse', columns })]
const lake = model({ into: here, refresh: 'full', query: () => sql\`select 1 as ident\` })
const warehouse = model({ into: there, refresh: 'full', query: () => sql\`select 1 as id, 2 as more\` })
export default pipeline({ name: 'b', steps: [lake, warehouse] })
`,
    )
    const { status, stdout } = platform.sluice('validate')
    expect(status).toBe(1)
    expect(stdout).toContain('projects/shop/pipelines/broken.ts:4:14')
    expect(stdout).toContain('it lacks id; it has ident')
    expect(stdout).toContain('projects/shop/pipelines/broken.ts:5:19')
    expect(stdout).toContain('it has more, which is not to be filled')
    expect(stdout).toContain('table public.there is declared and not in the database')
    expect(stdout).toContain('shop: 3 pipelines, 2 datasets, 3 errors')
    expect(isQuiet()).toBe(true)
    await platform.write('projects/shop/pipelines/broken.ts', `export default 1\n`)
  })

  test('models test tells by row and column where a model gives other rows than a test expects, and ends with 1', async () => {
    expect(platform.sluice('models', 'test').stdout).toContain('There are no model tests')
    await platform.write(
      'projects/shop/models/totals.ts',
      `import { dataset, given, integer, model, sql, text } from 'sluice'
const columns = { shop: text({ notNull: true }), n: integer() }
const [sales, totals] = ['sales', 'totals'].map((name) => dataset(\`public.\${name}\`, { on: 'warehouse', columns }))
const sum = model({ into: totals, from: { sales }, refresh: 'full', query: ({ sales }) => sql\`select shop, sum(n)::integer as n from \${sales} group by shop\` })
const rows = { sales: [{ shop: 'a', n: 1 }, { shop: 'a', n: 2 }, { shop: 'b', n: 5 }] }
export const sums = given(sum, rows, { expect: [{ shop: 'a', n: 3 }, { shop: 'b', n: 5 }] })
export const wrong = given(sum, rows, { expect: [{ shop: 'a', n: 4 }, { shop: 'c', n: 9 }] })
`,
    )
    const { status, stdout } = platform.sluice('models', 'test')
    expect(status).toBe(1)
    expect(stdout).toMatch(/ok +sums \(public\.totals\) +shop\/models\/totals\.ts:6\n/)
    expect(stdout).toMatch(
      /failed +wrong \(public\.totals\) +shop\/models\/totals\.ts:7\n +shop +n\n +changed +a +4 -> 3\n +missing +c +9\n +unexpected +b +5\n/,
    )
    expect(stdout).toContain('2 tests, 1 failed')
    const one = platform.sluice('models', 'test', 'sums', '--json')
    expect([one.status, JSON.parse(one.stdout)]).toMatchObject([0, { ok: true, tests: [{ test: 'sums', line: 6 }], errors: [] }])
    expect(platform.sluice('models', 'test', 'sum').stderr).toContain('Did you mean sums?')
    expect(isQuiet()).toBe(true)
    await platform.write('projects/shop/models/totals.ts', 'export const none = 1\n')
  })

  test('config explain says where a value comes from', () => {
    const { status, stdout } = platform.sluice('config', 'explain', 'workers', '--json')
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ key: 'workers', value: 1, source: 'environment', where: 'SLUICE_WORKERS' }),
    ])
  })
})

describe('start', () => {
  test('serves, is the only one, is used by other commands, and ends cleanly', async () => {
    const server = await platform.stay('Sluice runs at', 'start')
    const url = /Sluice runs at (\S+)/.exec(server.output())?.[1] ?? ''
    const second = platform.sluice('start')
    expect(second.status).toBe(1)
    expect(second.stderr).toContain(`pid ${server.child.pid}`)
    expect(second.stderr).toContain(url)

    const demo = platform.sluice('demo', '--once')
    expect([demo.status, demo.stderr]).toEqual([1, expect.stringContaining('runs here on the real services')])

    // A completion that a busy machine keeps from an answer says nothing.
    const completed = (...words: readonly string[]) => expect.poll(() => platform.sluice('__complete', ...words).stdout)
    await completed('pipelines', 'show', 's').toBe('sales\t\n')
    await completed('runs', 'show', '').toMatch(/^[0-9a-z]{12}\tsales: success\n/)
    const here = loadedBy(['runs', 'list'], { cwd: platform.root, env: { PATH: process.env.PATH } })
    expect([here.status, partsIn(here.modules, ofAServer)]).toEqual([0, []])

    // What a command asks of a server needs no configuration: one that is broken, or read slowly, keeps nobody from pausing and clearing.
    const config = await readFile(join(platform.root, 'sluice.config.ts'), 'utf8')
    await platform.write('sluice.config.ts', 'platform({')
    expect([platform.sluice('pipelines', 'pause', 'fails').status, platform.sluice('pipelines', 'unpause', 'fails').status]).toEqual([0, 0])
    expect(platform.sluice('validate').status).toBe(1)
    await platform.write('sluice.config.ts', config)

    const token = (await readFile(join(platform.stateDir, 'key'), 'utf8')).trim()
    const remote = platform.sluice('pipelines', 'trigger', 'sales', '--wait', '--json', '--url', url, '--token', token)
    expect([remote.status, JSON.parse(remote.stdout)]).toEqual([0, expect.objectContaining({ state: 'success' })])
    expect(platform.sluice('pipelines', 'list', '--url', url).status).toBe(1)
    expect(platform.sluice('pipelines', 'trigger', 'sales', '--wait').status).toBe(0)

    expect(await server.end('SIGTERM')).toBe(0)
    expect(isQuiet()).toBe(true)
  })

  test('names the port that is taken and starts nothing', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    const { status, stderr } = platform.sluice('start', '--port', String(port))
    taken.close()
    expect(status).toBe(1)
    expect(stderr).toContain(`port ${port} of 127.0.0.1 is in use`)
    expect(stderr).toContain(`SLUICE_PORT=${port + 1}`)
    expect(isQuiet()).toBe(true)
  })

  test('a killed one leaves nothing that stands in the way', async () => {
    const server = await platform.stay('Sluice runs at', 'start')
    await server.end('SIGKILL')
    expect(platform.sluice('pipelines', 'trigger', 'sales', '--wait').status).toBe(0)
    expect(postgresRuns()).toBe(false)
  })
})

describe('demo --once', () => {
  test('runs, shows the report of each run, prints no link, stops everything; twice', async () => {
    await platform.write('projects/shop/sluice.config.ts', shopWithReport)
    await platform.write('projects/shop/pipelines/closing.ts', closing)
    for (let time = 1; time <= 2; time++) {
      const { status, stdout } = platform.sluice('demo', '--once')
      expect(status).toBe(0)
      expect(stdout).toContain('shop:sales')
      expect(stdout).toContain('closed on time')
      expect(stdout).not.toContain('REPORT: 120 rows')
      expect(stdout).not.toContain('/login?code=')
      expect(isQuiet()).toBe(true)
    }
  })

  test('ends with 1 and the reason when a run failed', async () => {
    await platform.write(
      'projects/shop/sluice.config.ts',
      `import { project } from 'sluice'\nexport default project({ name: 'shop', demo: { pipelines: ['fails'] } })\n`,
    )
    const { status, stderr } = platform.sluice('demo', '--once')
    expect(status).toBe(1)
    expect(stderr).toContain('shop:fails ended as failed: breaks: the till is empty')
    expect(isQuiet()).toBe(true)
  })
})

test('reset removes the state and nothing else, and only what looks like state', async () => {
  expect(platform.sluice('reset').status).toBe(2)
  expect(platform.sluice('reset', '--yes')).toMatchObject({ status: 0, stdout: `removed ${platform.stateDir}\n` })
  expect([existsSync(platform.stateDir), existsSync(join(platform.root, 'sluice.config.ts'))]).toEqual([false, true])
  expect(platform.sluice('reset', '--yes').status).toBe(0)
  await platform.write('.sluice/holiday-photo.txt', 'x')
  expect(platform.sluice('reset', '--yes')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('does not look like a state directory'),
  })
})
