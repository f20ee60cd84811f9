import { expect, test } from 'vitest'
import { writeShop } from './shop.ts'
import { openWorld } from './world.ts'

test('broken pipeline files are told with file and line, and the others are listed and run', async () => {
  await using world = await openWorld({ projects: ['projects/shop'] })
  await writeShop(world)
  await world.write(
    'projects/shop/pipelines/throws.ts',
    "import { pipeline, task } from 'sluice'\n\nthrow new Error('the till is closed')\n",
  )
  await world.write(
    'projects/shop/pipelines/unparsed.ts',
    "import { pipeline } from 'sluice'\n\nexport default pipeline({ name: 'x', steps: [ }\n",
  )
  await world.write(
    'projects/shop/pipelines/missing.ts',
    "import { pipeline } from 'sluice'\nimport { lost } from '../sources/lost.ts'\nexport default pipeline({ name: 'y', steps: [lost] })\n",
  )
  await world.write(
    'projects/shop/pipelines/package.ts',
    "import { pipeline } from 'sluice'\nimport lost from 'no-such-package'\nexport default pipeline({ name: 'z', steps: [lost] })\n",
  )

  const { code, stdout } = await world.sluice('pipelines', 'errors', '--json')
  expect(code).toBe(1)
  const errors = JSON.parse(stdout) as readonly {
    readonly file: string
    readonly line: number
    readonly message: string
    readonly next: string
  }[]
  expect(errors.map(({ file, line }) => [file, line])).toEqual([
    ['pipelines/missing.ts', 2],
    ['pipelines/package.ts', 2],
    ['pipelines/throws.ts', 3],
    ['pipelines/unparsed.ts', 3],
  ])
  expect(errors.find(({ file }) => file.endsWith('throws.ts'))?.message).toContain('the till is closed')
  for (const { next } of errors) expect(next).toMatch(/\w/)

  const listed = await world.json<readonly { name: string }[]>('pipelines', 'list')
  expect(listed.map(({ name }) => name)).toEqual(['slow'])
  const ran = await world.sluice('pipelines', 'trigger', 'slow', '--wait')
  expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('success')])

  // The platform itself starts beside them.
  const platform = await world.start()
  expect((await fetch(`${platform.url}/readyz`)).status).toBe(200)
})
