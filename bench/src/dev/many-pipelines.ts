import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const workspace = resolve(import.meta.dirname, '../../..')

/** A platform of one project whose pipelines have a dataset, a model and a source each. Answers the source of the last pipeline. */
export async function writeManyPipelines(root: string, count: number): Promise<string> {
  const project = join(root, 'shop')
  for (const folder of ['pipelines', 'datasets', 'sources']) await mkdir(join(project, folder), { recursive: true })
  await symlink(join(workspace, 'node_modules'), join(root, 'node_modules'))
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(root, 'sluice.config.ts'),
    "import { platform } from 'sluice'\nexport default platform({ projects: ['shop'], port: 0 })\n",
  )
  await writeFile(join(project, 'sluice.config.ts'), "import { project } from 'sluice'\nexport default project({ name: 'shop' })\n")
  for (let n = 0; n < count; n++) {
    await writeFile(
      join(project, `datasets/d${n}.ts`),
      `import { dataset, json, text } from 'sluice'
export const raw = dataset('bronze.raw${n}', { on: 'lake', bodies: json('$[*]', { id: text() }) })
export const clean = dataset('silver.clean${n}', { on: 'lake', columns: { id: text({ notNull: true }) }, key: ['id'] })
`,
    )
    await writeFile(join(project, `sources/s${n}.ts`), sourceText(0))
    await writeFile(
      join(project, `pipelines/p${n}.ts`),
      `import { model, pipeline, sql, task } from 'sluice'
import { clean, raw } from '../datasets/d${n}.ts'
import { bodies } from '../sources/s${n}.ts'
const fetched = task({ name: 'fetched', fills: [raw], run: (_, { lake }) => lake.land(raw, bodies()) })
const cleaned = model({ into: clean, from: { raw }, refresh: 'batch', query: ({ raw }) => sql\`select r.id from \${raw.batch} as r\` })
const more = Array.from({ length: 5 }, (_, k) => task({ name: 'more' + k, run: () => k }))
export default pipeline({ name: 'p${n}', steps: [fetched, cleaned, ...more] })
`,
    )
  }
  return join(project, `sources/s${count - 1}.ts`)
}

export const sourceText = (version: number): string => `export async function* bodies() {
  yield { source: 'shop', request: 'GET /rows/${version}', receivedAt: ${version}, body: '[]' }
}
`
