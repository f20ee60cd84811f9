import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { long } from '@sluice/core/testing'
import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { loadProject } from './load-project.ts'
import { projectFiles } from './project-files.ts'
import { ProjectMemory } from './project-memory.ts'
import { temporaryRoot } from './testing/temporary-root.ts'

/** Contents of each file, the sound ones first. A dataset and a source are shared by both pipelines. */
const choices: Readonly<Record<string, readonly (string | null)[]>> = {
  'sources/unit.ts': ["export const unit = 'a'\n", "export const unit = 'b'\n", 'export const other = 1\n', null],
  'sources/rows.ts': [
    "import { unit } from './unit.ts'\nexport const names = [unit + '1', unit + '2']\n",
    "import { unit } from './unit.ts'\nthrow new Error('no ' + unit)\nexport const names = ['x']\n",
    "import { unit } from './unit.ts'\nexport const names = [unit\n",
  ],
  'datasets/table.ts': ['not null', 'null'].map((nulls) =>
    `import { dataset, text } from 'sluice'
export const table = dataset('silver.table', { on: 'lake', columns: { id: text({ notNull: ${nulls === 'not null'} }) }, key: ['id'] })
`.replace('notNull: false', 'personal: true, notNull: true'),
  ),
  'pipelines/first.ts': ['one', 'two'].map(
    (name) => `import { pipeline, task } from 'sluice'
import { table } from '../datasets/table.ts'
import { names } from '../sources/rows.ts'
const write = task({ name: '${name}', fills: [table], run: () => null })
export default pipeline({ name: 'first', steps: [write, ...names.map((name) => task({ name, run: () => name }))] })
`,
  ),
  'pipelines/second.ts': [
    `import { check, pipeline, sql } from 'sluice'
import { table } from '../datasets/table.ts'
const enough = check({ name: 'enough', on: table, rule: sql\`select count(*) > 0 as ok from \${table}\`, message: 'none' })
export default pipeline({ name: 'second', steps: [enough] })
`,
    "import { pipeline, task } from 'sluice'\nexport default pipeline({ name: 'first', steps: [task({ name: 'twin', run: () => 1 })] })\n",
    null,
  ],
  'models/m.sql': ['select 1', 'select 2'],
}

test('after an edit that was taken back, and made again, a project is read as it is', async () => {
  await using platform = await shop()
  await equalAfter(
    platform,
    ['b', 'a', 'a', 'b'].map((unit) => ({ path: 'sources/unit.ts', text: `export const unit = '${unit}'\n` })),
  )
})

test('after any row of edits a project that was read before is read as one that was not', { timeout: 600_000 }, async () => {
  const edit = fc
    .constantFrom(...Object.keys(choices))
    .chain((path) => fc.constantFrom(...(choices[path] ?? []).map((text) => ({ path, text }))))
  await using platform = await shop()
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 3, maxLength: 5 }), async (edits) => {
      await platform.reset()
      await equalAfter(platform, edits)
    }),
    { numRuns: long ? 20 : 2 },
  )
})

test('a saved file asks for itself and what depends on it, and the rest keeps its modules', async () => {
  await using platform = await shop()
  const memory = new ProjectMemory({ budgetMs: 600_000 })
  const load = () => loadProject({ ...platform, stateDir: join(platform.root, '.sluice'), memory })
  try {
    const first = await load()
    await platform.change('sources/unit.ts', "export const unit = 'b'\n")
    const second = await load()
    expect(second.version).not.toBe(first.version)
    expect(second.specs.find(({ name }) => name === 'first')?.tasks.map(({ name }) => name)).toContain('b1')
    expect(second.checks[0]?.place?.file).toBe(join(second.versionDir, 'pipelines/second.ts'))
    const reading = await memory.begin(second.versionDir, await projectFiles(platform.projectDir))
    expect(reading.unchanged).toMatchObject({
      'pipelines/first.ts': join(second.versionDir, 'pipelines/first.ts'),
      'sources/rows.ts': join(second.versionDir, 'sources/rows.ts'),
      'pipelines/second.ts': join(first.versionDir, 'pipelines/second.ts'),
      'datasets/table.ts': join(first.versionDir, 'datasets/table.ts'),
    })
  } finally {
    await memory.close()
  }
})

interface Edit {
  readonly path: string
  readonly text: string | null
}

/** Whether whoever remembers and whoever does not read the same, before and after each edit. */
async function equalAfter(platform: Awaited<ReturnType<typeof shop>>, edits: readonly Edit[]): Promise<void> {
  const memory = new ProjectMemory({ budgetMs: 600_000 })
  try {
    for (const each of [null, ...edits]) {
      if (each !== null) await platform.change(each.path, each.text)
      const place = { root: platform.root, projectDir: platform.projectDir }
      const again = await loadProject({ ...place, stateDir: join(platform.root, '.sluice'), memory })
      const anew = await loadProject({ ...place, stateDir: join(platform.root, '.fresh'), budgetMs: 600_000 })
      const text = (value: object): string => JSON.stringify(value).replaceAll('/.sluice/', '/.fresh/')
      expect(text(again)).toBe(text(anew))
    }
  } finally {
    await memory.close()
  }
}

async function shop() {
  const sound = Object.fromEntries(Object.entries(choices).map(([path, texts]) => [`projects/shop/${path}`, texts[0] ?? '']))
  const platform = await temporaryRoot({
    'projects/shop/sluice.config.ts': "import { project } from 'sluice'\nexport default project({ name: 'shop' })\n",
    ...sound,
  })
  const projectDir = join(platform.root, 'projects/shop')
  return {
    root: platform.root,
    projectDir,
    change: async (path: string, text: string | null): Promise<void> =>
      text === null ? await rm(join(projectDir, path), { force: true }) : await platform.write({ [`projects/shop/${path}`]: text }),
    reset: () => platform.write(sound),
    [Symbol.asyncDispose]: () => platform.remove(),
  }
}
