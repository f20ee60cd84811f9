// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of SQL with names in them
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AnyDataset, dataset, graphOf, integer, type Model, model, modelSpec, pipeline, sql, text } from '@sluice/author'
import { cron } from '@sluice/core'
import { expect, test } from 'vitest'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { declaredProject } from '../models/declared.ts'
import { rememberPublished } from '../models/published.ts'
import { examineContracts } from './contracts.ts'

const sales = dataset('silver.sales', { on: 'lake', columns: { shop: text(), n: integer(), usd: integer() } })
const totals = dataset('silver.totals', { on: 'lake', columns: { shop: text(), sum: integer() } })
const grand = dataset('silver.grand', { on: 'lake', columns: { sum: integer() } })
const sum = model({
  into: totals,
  from: { sales },
  refresh: 'full',
  query: ({ sales }) => sql`select shop, sum(usd) as sum from ${sales} where n > 0 group by shop`,
})
const all = model({ into: grand, from: { totals }, refresh: 'full', query: ({ totals }) => sql`select sum(sum) as sum from ${totals}` })
const { spec } = graphOf(pipeline({ name: 'daily', schedule: cron('@daily'), steps: [sum, all] }))

const definitions = (version: string, versionDir: string, columns: AnyDataset['columns']): ProjectDefinitions =>
  ({
    name: 'shop',
    version,
    versionDir,
    specs: [spec],
    models: [sum, all].map((each) => ({ ...modelSpec(each as unknown as Model), file: 'daily.ts', place: null })),
    loads: [],
    checks: [],
    datasets: [{ ...sales, columns }, totals, grand],
  }) as unknown as ProjectDefinitions

test('a column that is gone is a fault where it is still named, with a frame and all that breaks; one of another type is a warning', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-contracts-'))
  await writeFile(join(folder, 'daily.ts'), 'const sum = sql`select shop, sum(usd) as sum from ${sales} where n > 0 group by shop`\n')
  const { usd: _, ...fewer } = sales.columns
  const now = definitions('v2', folder, { ...fewer, n: text() } as unknown as AnyDataset['columns'])
  expect(await examineContracts(folder, now)).toEqual({ errors: [], warnings: [] })
  await rememberPublished(folder, declaredProject(definitions('v1', folder, sales.columns)))
  const { errors, warnings } = await examineContracts(folder, now)
  expect(errors).toEqual([
    expect.objectContaining({
      file: 'daily.ts',
      line: 1,
      column: 34,
      message: 'model silver.totals names usd of lake.silver.sales, which is not declared any more; it also reaches model silver.grand',
      frame: expect.stringContaining('^'),
    }),
  ])
  expect(warnings.map(({ message }) => message)).toEqual([
    'model silver.totals names n of lake.silver.sales, which was integer and is text',
  ])
  expect(await examineContracts(folder, definitions('v3', folder, sales.columns))).toEqual({ errors: [], warnings: [] })
})
