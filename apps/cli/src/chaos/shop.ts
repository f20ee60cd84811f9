import type { ChaosWorld } from './world.ts'

/** A project of plain tasks beside the root's configuration: quick, needs no upstream. `slow` sleeps as long as its parameter says. */
export async function writeShop(world: ChaosWorld): Promise<void> {
  await world.write('projects/shop/package.json', '{ "name": "shop", "type": "module" }')
  await world.write('projects/shop/sluice.config.ts', `import { project } from 'sluice'\nexport default project({ name: 'shop' })\n`)
  await world.write(
    'projects/shop/pipelines/slow.ts',
    `import { setTimeout as delay } from 'node:timers/promises'
import { pipeline, task } from 'sluice'
const wait = task({ name: 'wait', run: async (_, { params }) => { await delay(Number(params.ms)); return { waited: params.ms } } })
export default pipeline({ name: 'slow', params: { ms: 100 }, steps: [wait] })
`,
  )
}
