import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { platformOnDisk } from '../../testing/platform-on-disk.ts'

const files = {
  'sluice.config.ts': "import { platform } from 'sluice'\nexport default platform({ projects: ['shop'] })\n",
  'shop/sluice.config.ts': "import { project } from 'sluice'\nexport default project({ name: 'shop' })\n",
  'shop/pipelines/prices.ts': `import { pipeline, task } from 'sluice'
export default pipeline({ name: 'prices', steps: [task({ name: 'price', run: () => 1 })] })
`,
}
const prices = (columns: string) => `import { dataset, decimal, text } from 'sluice'
export const prices = dataset('public.prices', { on: 'warehouse', columns: { ${columns} }, key: ['coin'] })
`

test('dev proposes what a dataset lacks; what others have migrated since is not written again, and a migration that fails is proposed until it does not', async () => {
  await using at = await platformOnDisk(files)
  const dev = await at.stay('Watching', 'dev', '--port', '0')
  await at.write('shop/datasets/prices.ts', prices('coin: text({ notNull: true })'))
  await dev.says(/Press m to write it as 0001_prices\.up\.sql/)
  expect(dev.output()).toContain('CREATE TABLE "public"."prices" (')
  expect(await readdir(join(at.root, 'shop'))).not.toContain('migrations')
  for (const line of [
    ['diff', 'shop', '--write', 'theirs'],
    ['migrate', 'shop'],
  ])
    expect(at.sluice('warehouse', ...line)).toMatchObject({ status: 0 })
  dev.child.stdin?.write('m')
  await dev.says(/Nothing was written|there is no migration to write/)
  expect((await readdir(join(at.root, 'shop/migrations'))).sort()).toEqual(['0001_theirs.down.sql', '0001_theirs.up.sql'])

  const before = dev.output().length
  await at.write('shop/migrations/0002_hand.up.sql', 'select 1 / 0;\n')
  await dev.says(/shop: 0002_hand waits to be applied/, before)
  // The examination runs into the same error, earlier or later.
  await dev.says(/examined in .*: 1 error/, before)
  const examined = dev.output().length
  dev.child.stdin?.write('m')
  await dev.says(/division by zero/, examined)
  const failed = dev.output().length
  await at.write('shop/migrations/0002_hand.up.sql', 'create table hand (n integer);\n')
  await dev.says(/0002_hand waits to be applied/, failed)
  dev.child.stdin?.write('m')
  await dev.says(/applied to shop: 0002_hand/)
  expect(dev.output()).not.toContain('there is no migration to write')

  // Two of one number: nothing is compared, so nothing is said of the tables either.
  await at.write('shop/migrations/0002_twice.up.sql', 'select 1;\n')
  await dev.says(/two migrations have the number 0002/)
  const told = dev.output().length
  dev.child.stdin?.write('m')
  await dev.says(/two migrations have the number 0002/, told)
  expect(dev.output()).not.toContain('there is no migration to write')
  await rm(join(at.root, 'shop/migrations/0002_twice.up.sql'))

  const twice = dev.output().length
  await at.write('shop/datasets/prices.ts', prices('coin: text({ notNull: true }), usd: decimal(38, 18)'))
  await dev.says(/Press m to write it as 0003_/, twice)
  dev.child.stdin?.write('m')
  await dev.says(/applied to shop: 0003_/, twice)
  const columns = at.sluice('warehouse', 'sql', 'shop', 'select coin, usd from prices', '--json')
  expect([columns.status, columns.stdout.trim()]).toEqual([0, '[]'])
  dev.child.stdin?.write('m')
  await dev.says(/there is no migration to write/, twice)
  expect(await dev.end('SIGTERM')).toBe(0)
})

test('in a terminal a key writes both sides and applies them; it needs no new line, whatever processes of the platform have ended meanwhile, and Ctrl+C ends', async () => {
  await using at = await platformOnDisk({ ...files, 'shop/datasets/prices.ts': prices('coin: text({ notNull: true })') })
  const dev = await at.stayInTerminal('Watching', 'dev', '--port', '0')
  await dev.says(/Press m to write it as 0001_prices/)
  // The comparison of time zones, a process of its own, has ended by now.
  await dev.says(/examined in/)
  dev.child.stdin?.write('m')
  await dev.says(/applied to shop: 0001_prices/)
  expect((await readdir(join(at.root, 'shop/migrations'))).sort()).toEqual(['0001_prices.down.sql', '0001_prices.up.sql'])
  expect(dev.output()).not.toContain('sourceMappingURL')
  dev.child.stdin?.write('\u0003')
  expect(await dev.end('SIGCONT')).toBe(0)
})
