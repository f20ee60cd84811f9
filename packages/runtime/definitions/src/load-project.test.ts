import { access, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Shop, shopOnDisk } from './testing/shop.ts'
import { temporaryRoot } from './testing/temporary-root.ts'
import { pruneVersions } from './versions.ts'

let platform: Shop
beforeEach(async () => {
  platform = await shopOnDisk()
})
afterEach(() => platform.remove())

const load: Shop['load'] = (...given) => platform.load(...given)

describe('a sound project', () => {
  it('gives pipelines with their graphs, the project and the files', async () => {
    const loaded = await load()
    expect(loaded.errors).toEqual([])
    expect(loaded.project).toMatchObject({ name: 'shop', timeZone: 'Europe/Paris' })
    expect(loaded.files).toEqual({ good: 'pipelines/good.ts' })
    expect(loaded.specs[0]).toMatchObject({ name: 'good', schedule: { cron: '0 0 * * *' } })
    expect(loaded.specs[0]?.tasks.map((task) => [task.name, task.upstream])).toEqual([
      ['first', []],
      ['second', ['first']],
    ])
    expect(loaded.specs[0]?.tasks[0]?.retry.delayMs).toBe(2_000)
  })

  it('makes a folder of the state that is its owner’s alone, whatever the mask of the process', async () => {
    const before = process.umask(0o022)
    try {
      await load()
      expect((await stat(join(platform.root, '.sluice'))).mode & 0o777).toBe(0o700)
    } finally {
      process.umask(before)
    }
  })

  it('gives the datasets that files export, alone or in lists, and that steps use, each once, and the foreign keys beside them', async () => {
    await platform.write({
      'projects/shop/datasets/prices.ts': `import { dataset, foreignKey, text } from 'sluice'
export const notADataset = 3
export const prices = dataset('public.prices', { on: 'warehouse', columns: { id: text({ notNull: true }) }, key: ['id'] })
const rest = ['a', 'b'].map((name) => dataset(\`public.\${name}\`, { on: 'warehouse', columns: { id: text() }, key: ['id'] }))
export default rest
export const key = foreignKey({ from: prices, columns: ['id'], to: rest[0]! })
`,
      'projects/shop/pipelines/loads.ts': `import { dataset, load, model, pipeline, sql, text } from 'sluice'
import { prices } from '../datasets/prices.ts'
const columns = { id: text({ notNull: true }) }
const assets = dataset('silver.assets', { on: 'lake', columns })
const inline = dataset('public.inline', { on: 'warehouse', columns })
const clean = model({ into: assets, refresh: 'full', query: () => sql\`select 'a' as id\` })
const top = model({ into: inline, from: { prices }, refresh: 'full', query: ({ prices }) => sql\`select id from \${prices}\` })
export default pipeline({ name: 'loads', steps: [clean, load({ from: assets, into: prices, mode: 'append' }), top] })
`,
    })
    const loaded = await load()
    expect(loaded.errors).toEqual([])
    expect(loaded.datasets.map(({ id }) => id).sort()).toEqual([
      'lake.silver.assets',
      'warehouse.public.a',
      'warehouse.public.b',
      'warehouse.public.inline',
      'warehouse.public.prices',
    ])
    expect(loaded.datasets.find(({ name }) => name === 'public.prices')).toMatchObject({
      key: ['id'],
      columns: { id: { type: { kind: 'text' }, notNull: true } },
    })
    expect(loaded.keys).toMatchObject([{ from: 'warehouse.public.prices', to: 'warehouse.public.a', on: ['id'] }])
    const [spec] = loaded.specs.filter(({ name }) => name === 'loads')
    expect(spec?.tasks.map(({ name, reads, fills }) => [name, reads, fills])).toEqual([
      ['silver.assets', [], ['lake.silver.assets']],
      ['load_prices', ['lake.silver.assets'], ['warehouse.public.prices']],
      ['public.inline', ['warehouse.public.prices'], ['warehouse.public.inline']],
    ])
    expect(spec?.edges).toContainEqual({
      from: 'silver.assets',
      to: 'load_prices',
      reason: { by: 'data', dataset: 'lake.silver.assets' },
    })
  })

  it('gives its models, each once and with the place of the call that made it', async () => {
    await platform.write({
      'projects/shop/models/clean.ts': `import { dataset, model, sql, text } from 'sluice'
const assets = dataset('silver.assets', { on: 'lake', columns: { id: text({ notNull: true }) } })

export const clean =
  model({ into: assets, refresh: 'full', query: () => sql\`select 'a' as id\` })
`,
      ...Object.fromEntries(
        ['one', 'two'].map((name) => [
          `projects/shop/pipelines/${name}.ts`,
          `import { pipeline } from 'sluice'
import { clean } from '../models/clean.ts'
export default pipeline({ name: '${name}', steps: [clean] })
`,
        ]),
      ),
    })
    const { models, versionDir } = await load()
    expect(models).toEqual([
      {
        name: 'silver.assets',
        into: 'lake.silver.assets',
        reads: [],
        refresh: 'full',
        reveals: [],
        hooks: { before: [], after: [] },
        sql: { kind: 'sql', parts: [{ kind: 'text', text: "select 'a' as id" }] },
        place: { file: join(versionDir, 'models/clean.ts'), line: 5, column: 3 },
        file: 'pipelines/one.ts',
      },
    ])
  })

  it('is copied without tests, fixtures, dotfiles and packages', async () => {
    await platform.write({
      'projects/shop/good.test.ts': 'throw 1',
      'projects/shop/fixtures/a.json': '{}',
      'projects/shop/.env': 'A=1',
      'projects/shop/.sluice/x': '1',
      'projects/shop/node_modules/left/index.js': '',
      'projects/shop/models/assets.sql': 'select 1',
    })
    const { versionDir } = await load()
    const copied = (await readdir(versionDir, { recursive: true })).filter((path) => !path.startsWith('node_modules')).sort()
    expect(copied).toEqual([
      'models',
      'models/assets.sql',
      'pipelines',
      'pipelines/good.ts',
      'sluice.config.ts',
      'sources',
      'sources/pause.ts',
    ])
  })

  it('is copied without what .gitignore leaves out, and without a state directory of any name', async () => {
    await platform.write({
      'projects/shop/.gitignore': '/dist/\n*.csv\n!sources/known.csv\n',
      'projects/shop/dist/built.js': '',
      'projects/shop/sources/large.csv': 'a',
      'projects/shop/sources/known.csv': 'a',
      'projects/shop/sources/.gitignore': '/pause.ts\n',
      'projects/shop/state/.gitignore': '*\n',
      'projects/shop/state/lake/rows.parquet': '',
    })
    const { versionDir } = await load()
    const copied = (await readdir(versionDir, { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
    expect(copied.map(({ name }) => name).sort()).toEqual(['good.ts', 'known.csv', 'sluice.config.ts'])
  })

  it('is refused where its files are more than sources can be, by the name of the largest', async () => {
    await platform.write({ 'projects/shop/data/large.bin': '' })
    await truncate(join(platform.root, 'projects/shop/data/large.bin'), 257 * 1024 * 1024)
    await expect(load()).rejects.toMatchObject({
      message: expect.stringContaining('the largest is data/large.bin (269484032 bytes)'),
      next: expect.stringContaining('.gitignore'),
    })
  })

  it('keeps its version until a source changes, and finds packages from a state directory outside the root', async () => {
    const outside = await temporaryRoot({})
    await rm(join(outside.root, 'node_modules'))
    try {
      const one = await load(undefined, outside.root)
      const two = await load(undefined, outside.root)
      expect(one.errors).toEqual([])
      expect(two.version).toBe(one.version)
      await platform.write({ 'projects/shop/sources/pause.ts': "export const pause = '3s'\n" })
      const three = await load(undefined, outside.root)
      expect(three.version).not.toBe(one.version)
      expect(three.specs[0]?.tasks[0]?.retry.delayMs).toBe(3_000)
      expect(await readFile(join(one.versionDir, 'sources/pause.ts'), 'utf8')).toContain('2s')
      expect(await pruneVersions(outside.root, [three.version])).toEqual([one.version])
      await expect(access(one.versionDir)).rejects.toThrow()
      await access(three.versionDir)
    } finally {
      await outside.remove()
    }
  })

  it('is copied once by two loads at the same time', async () => {
    const [one, two] = await Promise.all([load(), load()])
    expect(one.versionDir).toBe(two.versionDir)
    expect(one.errors.concat(two.errors)).toEqual([])
    expect((await readdir(join(platform.root, '.sluice/versions'))).filter((name) => name.startsWith('.writing'))).toEqual([])
  })
})
