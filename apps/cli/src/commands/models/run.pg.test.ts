// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of SQL with names in them
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'

let platform: PlatformOnDisk
beforeAll(async () => {
  platform = await platformOnDisk({
    'sluice.config.ts': `import { platform } from 'sluice'\nexport default platform({ projects: ['projects/till'], port: 0 })\n`,
    'projects/till/package.json': '{ "name": "till", "type": "module" }',
    'projects/till/sluice.config.ts': `import { project } from 'sluice'\nexport default project({ name: 'till' })\n`,
    'projects/till/pipelines/daily.ts': daily,
  })
})
afterAll(async () => await platform[Symbol.asyncDispose]())

const daily = `import { check, dataset, integer, json, model, type Pages, pipeline, sql, task, text } from 'sluice'
const landed = dataset('bronze.tills', { on: 'lake', bodies: json('$[*]', { shop: text(), n: text() }) })
const sales = dataset('silver.sales', { on: 'lake', columns: { shop: text(), n: integer() }, tags: ['typed'], description: 'Sales of tills' })
const totals = dataset('silver.totals', { on: 'lake', columns: { shop: text({ comment: 'Name of the shop' }), n: integer() } })
const grand = dataset('silver.grand', { on: 'lake', columns: { n: integer() } })
async function* pages(): Pages {
  yield { source: 'till', request: 'GET /', receivedAt: 0, body: '[{"shop":"a","n":"1"},{"shop":"a","n":"2"},{"shop":"b","n":"5"}]' }
}
const land = task({ name: 'land', fills: [landed], run: (_, { lake }) => lake.land(landed, pages()) })
const clean = model({ into: sales, from: { landed }, refresh: 'batch', query: ({ landed }) => sql\`select shop, n from \${landed.batch}\` })
const sum = model({ into: totals, from: { sales }, refresh: 'full', query: ({ sales }) => sql\`select shop, sum(n)::integer as n from \${sales} group by shop\` })
const all = model({ into: grand, from: { totals }, refresh: 'full', query: ({ totals }) => sql\`select sum(n)::integer as n from \${totals}\` })
const some = check({ name: 'some', on: totals, rule: sql\`select count(*) > 0 as ok from \${totals}\`, message: 'none' })
export default pipeline({ name: 'daily', steps: [land, clean, sum, some, all] })
`

const json = (...args: readonly string[]): unknown => {
  const { status, stdout, stderr } = platform.sluice(...args, '--json')
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

test('a selection of models is listed, shown, planned and run, and nothing else of the pipeline is', () => {
  expect(json('models', 'list', '--select', '+silver.grand')).toMatchObject([
    { name: 'bronze.tills', kind: 'source' },
    { name: 'silver.sales', kind: 'model', tags: ['typed'], file: 'pipelines/daily.ts' },
    { name: 'silver.totals' },
    { name: 'silver.grand' },
  ])
  expect(json('pipelines', 'run', 'daily')).toMatchObject({ state: 'success' })
  expect(json('models', 'run', 'silver.totals+', '--dry-run')).toMatchObject({
    runs: [{ pipeline: 'daily', tasks: ['silver.totals', 'some', 'silver.grand'] }],
  })
  const { status, stdout, stderr } = platform.sluice('models', 'run', 'silver.totals', 'silver.grand')
  expect(status, stderr).toBe(0)
  expect(stdout).toMatch(/^run \w+ of till:daily: success \(silver\.totals, some, silver\.grand\)\n$/)
  expect(stderr).toMatch(/land +success {2}not part of this run\n/)
  const [newest] = json('runs', 'list', 'daily') as { id: string }[]
  expect(json('runs', 'show', newest?.id ?? '')).toMatchObject({
    state: 'success',
    taskRuns: [
      { task: 'land', state: 'success', reason: 'not part of this run', attempt: 0 },
      { task: 'silver.sales', reason: 'not part of this run' },
      { task: 'silver.totals', state: 'success', attempt: 1 },
      { task: 'some', attempt: 1 },
      { task: 'silver.grand', attempt: 1 },
    ],
  })
  const alone = platform.sluice('models', 'run', 'silver.sales', '--dry-run')
  expect(alone.stderr).toContain('silver.sales takes the batches that its run writes to lake.bronze.tills, and land is not part of it')
  expect(alone.stderr).toContain('sluice pipelines trigger daily --wait), or make the table anew with --full-refresh.')
})

test.runIf(process.env.SLUICE_TEST_LONG)('a full refresh makes the table anew first; slips are told with what is meant', () => {
  expect(platform.sluice('models', 'run', 'silver.sale').stderr).toContain('Did you mean silver.sales?')
  const refreshed = platform.sluice('models', 'run', 'silver.sales', '--full-refresh', '--yes')
  expect(refreshed.status, refreshed.stderr).toBe(0)
  expect(refreshed.stderr).toContain('till:lake.silver.sales: 3 rows (3 before)')
  expect(platform.sluice('models', 'run', 'silver.totals', '--vars', 'day=1').stderr).toContain('has a parameter "day"')
  expect(platform.sluice('models', 'run', 'silver.totals', '--compile').stdout).toContain('select shop, sum(n)::integer as n from')
})

test('what changed since the version before is selected by its state, or against a saved graph', async () => {
  const before = platform.sluice('models', 'lineage', '--json').stdout
  await platform.write('saved.json', before)
  await platform.write(
    'projects/till/pipelines/daily.ts',
    daily.replace('sum(n)::integer as n from ${totals}', 'max(n)::integer as n from ${totals}'),
  )
  const names = (...args: readonly string[]) => (json('models', 'list', ...args) as { name: string }[]).map(({ name }) => name)
  expect(names('--select', 'state:changed')).toEqual(['silver.grand'])
  expect(names('--select', '1+state:changed', '--state', `${platform.root}/saved.json`)).toEqual(['silver.totals', 'silver.grand'])
})

test('what a changed model would change is shown row by row before anything is written', async () => {
  await platform.write(
    'projects/till/pipelines/daily.ts',
    daily.replace('sum(n)::integer as n from', "case when shop = 'a' then 7 else sum(n) end::integer as n from"),
  )
  const { stdout, status, stderr } = platform.sluice('models', 'diff', 'silver.totals', '--exit-code')
  expect([status, stderr]).toEqual([1, ''])
  expect(stdout).toContain('1 added, 1 removed, 1 the same (50 % of 2 that stand); 2 in all')
  expect(stdout).toMatch(/\n {5}shop {2}n\n {2}\+ {2}a {5}7\n {2}- {2}a {5}3\n$/)
  expect(json('models', 'diff', 'silver.totals', 'silver.sales', '--examples', '0')).toMatchObject([
    { model: 'silver.sales', refresh: 'batch', batches: { compared: 1, of: 1 }, rows: { would: 3, same: 3 } },
    { model: 'silver.totals', refresh: 'full', why: null, by: [], rows: { would: 2, stands: 2, added: 1 }, examples: [] },
  ])
})
