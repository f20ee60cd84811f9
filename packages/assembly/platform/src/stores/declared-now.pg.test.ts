import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openPlatform } from '../platform.ts'
import { platformFolder } from '../testing/index.ts'

const example = fileURLToPath(new URL('../../../../../examples/prices', import.meta.url))

test('a platform that runs compares migrations with the datasets as their files are now, not as it has read them, and with nothing where one does not load', async () => {
  await using folder = await platformFolder([example])
  const platform = await openPlatform({ root: folder.root, note: () => undefined })
  try {
    const migrate = (dryRun: boolean) =>
      platform.client.warehouse.migrate({ params: { project: 'prices' }, body: { direction: 'up', dryRun } })
    expect(await migrate(false)).toMatchObject({ steps: [{ id: '0001_prices' }] })

    const project = join(folder.root, 'projects/prices')
    const datasets = join(project, 'datasets/prices.ts')
    await writeFile(datasets, (await readFile(datasets, 'utf8')).replace('decimal(38, 18', 'decimal(20, 4'))
    await expect(migrate(true)).rejects.toMatchObject({
      code: 'migration.drift',
      message: expect.stringContaining('type is numeric(38,18) in the database, numeric(20,4) in the code'),
    })

    await writeFile(join(project, 'migrations/0002_usd.up.sql'), 'alter table prices alter column usd type numeric(20,4);\n')
    expect(await migrate(false)).toMatchObject({ steps: [{ id: '0002_usd' }] })
    expect(await migrate(true)).toMatchObject({ steps: [] })

    const params = { project: 'prices' }
    expect(await platform.client.warehouse.diff({ params })).toMatchObject({ differences: [] })
    await writeFile(datasets, (await readFile(datasets, 'utf8')).replace("'public.prices'", "'pub lic.prices'"))
    const unknown = {
      code: 'definition.broken',
      message: expect.stringMatching(
        /^prices has definition errors, so what it declares is not known as a whole: datasets\/prices\.ts:\d+:\d+: /,
      ),
      next: expect.stringContaining('sluice validate'),
    }
    const { diff, check, dictionary } = platform.client.warehouse
    for (const ask of [diff, check, dictionary]) await expect(ask({ params })).rejects.toMatchObject(unknown)
  } finally {
    await platform.close()
  }
})
