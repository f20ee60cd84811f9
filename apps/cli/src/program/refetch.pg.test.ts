import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { platformOnDisk } from '../testing/platform-on-disk.ts'
import { shop } from '../testing/shop.ts'

/** Lands what stands in a file, and counts how often it was asked. Its worker is killed behind the landing while another file is there. */
const orders = (folder: string): string => `import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { dataset, json, model, pipeline, sql, task, text } from 'sluice'
const at = (name) => ${JSON.stringify(folder)} + '/' + name
const answers = dataset('bronze.orders', { on: 'lake', bodies: json('$[*]', { id: text() }) })
const orders = dataset('silver.orders', { on: 'lake', columns: { id: text() } })
async function* ask() {
  appendFileSync(at('asked'), 'x')
  yield { source: 'shop', request: 'GET /orders', receivedAt: 0, body: readFileSync(at('answer'), 'utf8') }
}
const land = task({ name: 'land', fills: [answers], run: async (_, { lake }) => {
  await lake.land(answers, ask())
  if (!existsSync(at('kill'))) return
  rmSync(at('kill'))
  process.kill(process.pid, 'SIGKILL')
} })
const clean = model({ into: orders, from: { answers }, refresh: 'batch', query: ({ answers }) => sql\`select id from \${answers.batch}\` })
export default pipeline({ name: 'orders', steps: [land, clean] })
`

test('a poisoned batch is asked for again: the newer answer is read, the older one kept, also where the worker dies in between', async () => {
  await using platform = await platformOnDisk(shop)
  const { root, stateDir, sluice } = platform
  await platform.write('projects/shop/pipelines/orders.ts', orders(root))
  const put = (name: string, content: string): void => writeFileSync(join(root, name), content)
  const done = (...args: readonly string[]): void => {
    const { status, stderr } = sluice(...args)
    expect(stderr, stderr).not.toContain('failed')
    expect(status).toBe(0)
  }
  const seen = () => {
    const folder = join(stateDir, 'lake/shop/bronze/orders')
    const [day = ''] = readdirSync(folder).filter((name) => name.startsWith('date='))
    return {
      asked: readFileSync(join(root, 'asked'), 'utf8').length,
      files: readdirSync(join(folder, day))
        .map((name) => name.replace(/^.*?(-g\d+)?\.parquet$/, '$1'))
        .sort(),
      rows: JSON.parse(sluice('lake', 'sql', 'shop', 'select id from silver.orders', '--json').stdout) as unknown,
    }
  }

  put('answer', '[{"id":"poison"}]')
  done('pipelines', 'trigger', 'orders', '--wait')
  expect(seen()).toEqual({ asked: 1, files: [''], rows: [{ id: 'poison' }] })

  put('answer', '[{"id":"good"},{"id":"better"}]')
  done('tasks', 'clear', 'orders', 'land', '--yes')
  expect(seen()).toEqual({ asked: 1, files: [''], rows: [{ id: 'poison' }] })

  put('kill', '')
  done('tasks', 'clear', 'orders', 'land', '--refetch', '--yes')
  expect(seen()).toEqual({ asked: 2, files: ['', '-g3'], rows: [{ id: 'good' }, { id: 'better' }] })

  done('tasks', 'clear', 'orders', 'land', '--yes')
  expect(seen()).toEqual({ asked: 2, files: ['', '-g3'], rows: [{ id: 'good' }, { id: 'better' }] })
})
