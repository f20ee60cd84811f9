import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expectText } from './expect.ts'
import type { Step } from './step.ts'

export const create: Step = {
  name: 'create',
  about: 'npm create sluice makes a project of each template; the test of the one for an API passes, and the demo of each runs offline',
  run: async (world) => {
    const made = await world.run('npm', ['create', '--yes', 'sluice@latest', 'my-platform', '--', '--template', 'api'], {})
    expectText(made, 'npx sluice demo --once')
    const first = join(world.folder, 'my-platform')
    expectText(await world.run('npm', ['test'], { cwd: first }), '1 passed')
    expectText(await world.run('npx', ['sluice', 'validate'], { cwd: first }), 'my-platform: 1 pipeline, 3 datasets, no errors')
    const begun = performance.now()
    const demo = await world.run('npx', ['sluice', 'demo', '--once'], { cwd: first })
    world.tell(`demo --once of the template api took ${((performance.now() - begun) / 1000).toFixed(1)} s; the bar is 60 s`)
    expectText(demo, 'my-platform:warehouse.public.releases   230')
    expectText(demo, '1 mail, in .sluice/mails')

    for (const [template, written] of [
      ['blank', 'public.greetings     2'],
      ['files', 'public.orders     3'],
    ] as const) {
      await world.run('npm', ['create', '--yes', 'sluice@latest', template, '--', '--template', template, '--skip-install'], { node: 22 })
      const cwd = join(world.folder, template)
      // What was installed once serves all templates: they depend on the same packages.
      symlinkSync(join(first, 'node_modules'), join(cwd, 'node_modules'))
      expectText(await world.run('npx', ['sluice', 'demo', '--once'], { cwd, node: 22 }), written)
    }

    const again = await world.end('npm', ['create', '--yes', 'sluice@latest', 'my-platform'])
    expectText(again.code === 0 ? '' : again.stderr, 'the folder my-platform is not empty: .env.example')
  },
}
