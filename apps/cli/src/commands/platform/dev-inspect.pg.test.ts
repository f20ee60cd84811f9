import { spawn } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { long } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { debuggerAt } from '../../testing/debugger.ts'
import { hear } from '../../testing/hear.ts'
import { platformOnDisk } from '../../testing/platform-on-disk.ts'

const files = {
  'sluice.config.ts': "import { platform } from 'sluice'\nexport default platform({ projects: ['shop'] })\n",
  'shop/sluice.config.ts': "import { project } from 'sluice'\nexport default project({ name: 'shop' })\n",
  'shop/sources/price.ts': `interface Price {
  readonly amount: number
  readonly currency: 'EUR'
}

export function priceOf<Name extends string>(name: Name): Price {
  const amount: number = name.length * 2
  return { amount, currency: 'EUR' }
}
`,
  'shop/pipelines/prices.ts': `import { pipeline, task } from 'sluice'
import { priceOf } from '../sources/price.ts'

const price = task({ name: 'price', timeout: '1s', run: () => priceOf('apple').amount })
export default pipeline({ name: 'prices', steps: [price] })
`,
}

test('a breakpoint in a file of the project stops its task there, beyond its time limit too, before and after the file is edited', async () => {
  await using at = await platformOnDisk(files)
  const dev = await at.stay('debugger: ws:', 'dev', '--inspect', '--port', '0')
  const file = join(at.root, 'shop/sources/price.ts')
  await using attached = await debuggerAt(await dev.says(/debugger: (ws:\S+)/))
  await attached.breakAt(file, 8)
  await dev.says('Watching')
  // Not while this process waits for a command: it answers the debugger's questions.
  const trigger = () => at.stay('"id"', 'pipelines', 'trigger', 'prices', '--json')
  await trigger()
  const first = await attached.stopped()
  expect([first.file, first.line, await first.evaluate('amount')]).toEqual([file, 8, 10])
  // The time limit of the task, and the grace time behind it.
  await new Promise((resolve) => setTimeout(resolve, 7_000))
  await first.resume()

  // From the tarballs the edit is made by scripts/try-packages.ts.
  if (!long) return
  await writeFile(file, (await readFile(file, 'utf8')).replace('* 2', '* 3'))
  await dev.says('read again')
  await trigger()
  const second = await attached.stopped()
  expect([second.file, second.line, await second.evaluate('amount')]).toEqual([file, 8, 15])
  await second.resume()
  const states = (): readonly string[] =>
    (JSON.parse(at.sluice('runs', 'list', '--json').stdout) as { state: string }[]).map(({ state }) => state)
  while (states().some((state) => state === 'running' || state === 'queued')) await new Promise((resolve) => setTimeout(resolve, 100))
  expect(states()).toEqual(['success', 'success'])
  expect(await dev.end('SIGTERM')).toBe(0)
})

test('what a debugger knows of a copy is its map: without it a breakpoint in the file that was copied binds nowhere', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-no-map-'))
  const [original, copy] = [join(dir, 'original.ts'), join(dir, 'copy.ts')]
  await writeFile(original, 'export const a: number = 1\nsetInterval(() => a, 10)\n')
  await copyFile(original, copy)
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', copy], { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    await using attached = await debuggerAt(await hear(child).says(/Debugger listening on (ws:\S+)\s/))
    expect(await attached.breakAt(original, 2)).toBe(0)
  } finally {
    child.kill('SIGKILL')
    await rm(dir, { recursive: true })
  }
})
