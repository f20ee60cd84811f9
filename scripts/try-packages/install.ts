import { expectText } from './expect.ts'
import type { Step } from './step.ts'

export const install: Step = {
  name: 'install',
  about: 'the package alone installs in an empty folder, and the command starts on the Node of the system and on Node 22',
  run: async (world) => {
    const cwd = world.makeFolder('install')
    await world.run('npm', ['init', '--yes', '--init-type=module'], { cwd })
    await world.run('npm', ['install', world.tarballs.sluice ?? ''], { cwd })
    for (const node of [{}, { node: 22 }, { node: 24 }]) {
      expectText(await world.run('npx', ['sluice', '--version'], { cwd, ...node }), world.versions.sluice ?? '')
    }
    // By its path, so that the Node of the system starts it: npx puts the one that came along first.
    const direct = await world.run('node', ['node_modules/sluice/bin/sluice.js', 'doctor', '--help'], { cwd, node: 22 })
    expectText(direct, 'Usage: sluice doctor')
  },
}
