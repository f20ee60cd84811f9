import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadSettings } from '../settings.ts'
import { platformFolder } from '../testing/index.ts'
import { testModels } from './test-models.ts'

const example = fileURLToPath(new URL('../../../../../examples/lake', import.meta.url))

const doubled = `import { dataset, given, integer, model, sql } from 'sluice'
const [here, there] = ['here', 'there'].map((name) => dataset(\`silver.\${name}\`, { on: 'lake', columns: { n: integer() } }))
const twice = model({ into: there, from: { here }, refresh: 'full', query: ({ here }) => sql\`select n * 2 as n from \${here}\` })
export const doubles = given(twice, { here: [{ n: 2 }] }, { expect: [{ n: 4 }] })
`

test('a file that does not load hides no other one, and a test that is not found may stand in it; else those that are there are named', async () => {
  await using folder = await platformFolder([example])
  const models = join(folder.root, 'projects/lake/models')
  await mkdir(models, { recursive: true })
  await writeFile(join(models, 'a-broken.ts'), "import { given } from 'sluice'\nexport const lost = given(1)\n")
  await writeFile(join(models, 'doubled.ts'), doubled)
  const settings = await loadSettings({ root: folder.root, env: process.env })
  const run = (name?: string) => testModels(settings, { project: undefined, name })
  const { tests, errors } = await run()
  expect(tests).toMatchObject([{ test: 'doubles', file: 'models/doubled.ts', ok: true }])
  expect(errors).toMatchObject([{ file: 'models/a-broken.ts' }])
  expect(await run('lost')).toMatchObject({ tests: [], errors: [{ file: 'models/a-broken.ts' }] })
  await writeFile(join(models, 'a-broken.ts'), 'export const none = 1\n')
  await expect(run('lost')).rejects.toMatchObject({ code: 'not_found', next: 'There are doubles, silver.there.' })
})
