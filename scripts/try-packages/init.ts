import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectText } from './expect.ts'
import type { Step } from './step.ts'

export const init: Step = {
  name: 'init',
  about: 'sluice init in a repository that has code overwrites nothing, npm test stays that of the repository, and the demo runs',
  run: async (world) => {
    const cwd = world.makeFolder('my repository')
    await world.run('npm', ['init', '--yes'], { cwd })
    await world.run('npm', ['pkg', 'set', 'scripts.test=echo our own tests'], { cwd })
    await world.run(
      'sh',
      ['-c', 'echo Ours > README.md; echo dist > .gitignore; mkdir src; echo "const a: number = 1 as never" > src/app.ts'],
      { cwd },
    )
    await world.run('npm', ['install', 'sluice'], { cwd })
    const refused = await world.end('npx', ['sluice', 'init', '--skip-install'], { cwd })
    expectText(refused.stderr, 'the code of this folder is CommonJS')
    await world.run('npm', ['pkg', 'set', 'type=module'], { cwd })
    expectText(await world.run('npx', ['sluice', 'init', '--template', 'files', '--name', 'acme'], { cwd, node: 22 }), 'kept   README.md')
    expectText(readFileSync(join(cwd, 'README.md'), 'utf8'), 'Ours')
    expectText(readFileSync(join(cwd, '.gitignore'), 'utf8'), 'dist\nnode_modules/\n.sluice/\n.env\n')
    expectText(await world.run('npm', ['test'], { cwd }), 'our own tests')
    expectText(await world.run('npm', ['run', 'sluice:test'], { cwd }), '1 passed')
    expectText(await world.run('npx', ['sluice', 'validate'], { cwd }), 'acme: 1 pipeline, 2 datasets, no errors')
    expectText(await world.run('npx', ['sluice', 'demo', '--once'], { cwd }), 'acme:warehouse.public.orders     3')
  },
}
