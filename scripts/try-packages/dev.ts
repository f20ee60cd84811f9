import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debuggerAt, type Stop } from '../../apps/cli/src/testing/debugger.ts'
import { hear } from '../../apps/cli/src/testing/hear.ts'
import { expectText } from './expect.ts'
import type { Step } from './step.ts'

export const dev: Step = {
  name: 'dev',
  about: 'sluice dev takes an edit, and a breakpoint stops at the right line of the TypeScript before and after it',
  after: ['install'],
  run: async (world) => {
    await world.run('npm', ['create', '--yes', 'sluice@latest', 'edited', '--', '--template', 'blank', '--skip-install'])
    const cwd = join(world.folder, 'edited')
    // One install serves both: they depend on the same package.
    symlinkSync(join(world.folder, 'install/node_modules'), join(cwd, 'node_modules'))
    const file = join(cwd, 'pipelines/greetings.ts')
    const source = readFileSync(file, 'utf8')
    const line = source.split('\n').findIndex((text) => text.includes('yield {')) + 1
    const started = hear(world.launch('npx', ['sluice', 'dev', '--inspect', '--port', '0'], { cwd }))
    const address = await started.says(/debugger: (ws:\S+)/)
    await started.says('Watching')

    await using attached = await debuggerAt(address)
    await attached.breakAt(file, line)
    const stopped = async (body: string): Promise<void> => {
      world.launch('npx', ['sluice', 'pipelines', 'trigger', 'greetings', '--json'], { cwd })
      // A run that was begun before the edit may stop first.
      for (let stop = await attached.stopped(); !(await isAt(stop, file, line, body)); stop = await attached.stopped()) await stop.resume()
    }
    await stopped('Hello')
    writeFileSync(file, source.replace('Hello', 'Good day'))
    await started.says('read again')
    await stopped('Good day')
  },
}

/** @throws where it stands at another place */
async function isAt(stop: Stop, file: string, line: number, body: string): Promise<boolean> {
  expectText(`${stop.file}:${stop.line}`, `${file}:${line}`)
  const found = String(await stop.evaluate('body')).includes(body)
  if (found) await stop.resume()
  return found
}
