import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inWorkFolder } from './work-folder.ts'

const there = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-pull-'))

test('a folder goes with its work, and one of a process that was killed with the next work; that of one that runs stays', async () => {
  const text = `import { inWorkFolder } from ${JSON.stringify(import.meta.resolve('./work-folder.ts'))}
await inWorkFolder(async (folder) => { process.stdout.write(folder); await new Promise(() => setInterval(() => {}, 60_000)) })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [folder] = (await once(child.stdout, 'data')) as [Buffer]
  await inWorkFolder(async () => expect(there()).toHaveLength(2))
  expect(there().map((name) => join(tmpdir(), name))).toEqual([String(folder)])
  child.kill('SIGKILL')
  await once(child, 'exit')
  mkdirSync(join(tmpdir(), 'sluice-pull-of-others'))
  await inWorkFolder(async (own) => expect(there().filter((name) => join(tmpdir(), name) !== own)).toEqual(['sluice-pull-of-others']))
  expect(there()).toEqual(['sluice-pull-of-others'])
})
