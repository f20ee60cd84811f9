import { expect, test } from 'vitest'
import { writeShop } from './shop.ts'
import { openWorld } from './world.ts'

test('a database that does not answer ends commands with 1, its address and the way out, and not its password (S0-94)', async () => {
  await using world = await openWorld({
    projects: ['projects/shop'],
    env: { SLUICE_DATABASE_URL: 'postgres://ada:hunter22@127.0.0.1:1/' },
  })
  await writeShop(world)
  for (const args of [['pipelines', 'list'], ['start'], ['doctor']]) {
    const { code, stdout, stderr } = await world.sluice(...args)
    expect([args, code]).toEqual([args, 1])
    expect(stdout + stderr).toContain('connect ECONNREFUSED 127.0.0.1:1')
    expect(stdout + stderr).toContain('Check that the server runs and that the URL is right')
    expect(stdout + stderr).not.toContain('hunter22')
  }
})

test('a connector that the project does not declare fails the task with those it declares (S0-93)', async () => {
  await using world = await openWorld({ projects: ['projects/shop'] })
  await writeShop(world)
  await world.write(
    'projects/shop/pipelines/oracle.ts',
    `import { pipeline, task } from 'sluice'
const ask = task({ name: 'ask', run: (_, { connection }) => { connection('oracle') } })
export default pipeline({ name: 'oracle', steps: [ask] })
`,
  )
  const { code, stderr } = await world.sluice('pipelines', 'run', 'oracle')
  expect(code).toBe(1)
  expect(stderr).toContain('connection.unknown')
  expect(stderr).toContain('declares no connection "oracle"')
  expect(stderr).toMatch(/Declare it under connections in the project's sluice\.config\.ts; declared are/)
})
