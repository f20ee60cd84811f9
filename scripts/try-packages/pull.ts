import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hear } from '../../apps/cli/src/testing/hear.ts'
import { expectText } from './expect.ts'
import type { Step } from './step.ts'

const withDay = (line: string, at: number): string => (at === 0 ? `${line};ordered_at` : `${line};2026-11-20T0${at}:00:00Z`)

export const pull: Step = {
  name: 'pull',
  about: 'sluice init, a look at a CSV, its pull, the same again, a correction, and the rows that are there then',
  after: ['install'],
  run: async (world) => {
    const cwd = world.makeFolder('pulled')
    // One install serves both: they depend on the same package.
    symlinkSync(join(world.folder, 'install/node_modules'), join(cwd, 'node_modules'))
    const sluice = async (...args: readonly string[]): Promise<string> => await world.run('npx', ['sluice', ...args], { cwd })
    await sluice('init', '--template', 'files', '--name', 'acme', '--skip-install')
    const file = 'fixtures/inbox/orders-2026-11-20.csv'
    const put = (total: string): void =>
      writeFileSync(join(cwd, file), ['id;customer;total', `2;Zoé;${total}`, '3;Grace;7', '4;Alan;-1'].map(withDay).join('\n'))
    put('22,50')
    expectText(await sluice('sources', 'sniff', file), "csv({ delimiter: ';', decimal: ',' })")

    const started = hear(world.launch('npx', ['sluice', 'start', '--port', '0'], { cwd }))
    await started.says('Sluice runs at')
    const pulled = async (): Promise<string> => await sluice('sources', 'pull', 'acme', 'inbox')
    expectText(await pulled(), 'orders-2026-11-20.csv: 3 rows in, 2 written, 1 in quarantine')
    expectText(await pulled(), 'nothing of inbox is new')
    put('1.023,50')
    expectText(await pulled(), 'orders-2026-11-20.csv: 3 rows in, 2 written, 1 in quarantine')
    const rows = await sluice('lake', 'sql', 'acme', 'select id, customer, total from silver.orders order by id')
    expectText(rows.replaceAll(/ +/g, ' '), '\n 1 Ada 10.50\n 2 Zoé 1023.50\n 3 Grace 7.00')
  },
}
