import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openServerPlatform } from '@sluice/platform'
import { processorTime } from '../command/processor-time.ts'
import { atMost, type Measure, measure, median, noBar } from '../measure.ts'
import { scratchFolder, undo } from '../scratch.ts'
import { rounds } from '../settings.ts'

const workspace = fileURLToPath(new URL('../../..', import.meta.url))
const bin = join(workspace, 'apps/cli/bin/sluice.js')
const bar = atMost(300, 'ms')

/** Processor time of short commands beside a server that runs, and of the shell's question at a press of the tab key. */
export async function run(progress: (line: string) => void): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder('command')
  const root = join(scratch.dir, 'platform')
  await mkdir(root)
  await symlink(join(workspace, 'node_modules'), join(root, 'node_modules'))
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  await writeFile(join(root, 'sluice.config.ts'), `import { platform } from 'sluice'\nexport default platform({ projects: [], port: 0 })\n`)
  progress('starting a server')
  const server = await openServerPlatform({ root })
  await using _ = undo(server.close)

  const key = (await readFile(join(root, '.sluice/key'), 'utf8')).trim()
  const commands: readonly (readonly [name: string, args: readonly string[]])[] = [
    ['runs list', ['runs', 'list']],
    ['pipelines list --json', ['pipelines', 'list', '--json']],
    ['lake tables --url', ['lake', 'tables', '--url', server.url, '--token', key]],
    ['a completed word', ['__complete', 'lake', 'o']],
    ['help', ['--help']],
  ]
  const times = new Map(commands.map(([name]) => [name, [] as number[]]))
  const bare: number[] = []
  // The first round fills the cache of compiled code.
  for (let round = -1; round < rounds(11); round++) {
    for (const [name, args] of commands) {
      const ms = await processorTime([bin, ...args], root)
      if (round >= 0) times.get(name)?.push(ms)
    }
    const ms = await processorTime(['-e', '0'], root)
    if (round >= 0) bare.push(ms)
  }
  const raw = median(bare)
  progress(`Node alone takes ${Math.round(raw)} ms`)
  return [
    ...[...times].map(([name, taken]) => measure(`command: ${name}, processor time`, median(taken), 'ms', bar, raw)),
    measure('command: Node alone, processor time', raw, 'ms', noBar),
  ]
}
