import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processMark } from '@sluice/process'
import { expect, test } from 'vitest'
import { acquireLock, runningServer } from './lock.ts'

const stateDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'sluice-lock-'))
const leave = async (dir: string, holder: { pid: number; mark: string }): Promise<void> => {
  await mkdir(join(dir, 'server'))
  await writeFile(join(dir, 'server/7.json'), JSON.stringify({ ...holder, url: 'http://x', released: false }))
}

test('a second start is refused with the pid and URL of the first', async () => {
  const dir = await stateDir()
  const lock = await acquireLock(dir)
  await expect(acquireLock(dir)).rejects.toMatchObject({ code: 'lock.held', facts: { pid: process.pid, url: null } })
  await lock.listening('http://127.0.0.1:4400')
  await expect(acquireLock(dir)).rejects.toThrow('http://127.0.0.1:4400')
  expect(await runningServer(dir)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:4400' })
  await lock.release()
  expect(await runningServer(dir)).toBeUndefined()
  await (await acquireLock(dir)).release()
  expect(await readdir(join(dir, 'server'))).toEqual(['2.json'])
})

test('the file of a killed process does not stand in the way', async () => {
  const dir = await stateDir()
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  await leave(dir, { pid, mark: processMark(pid) ?? '' })
  await expect(acquireLock(dir)).rejects.toMatchObject({ facts: { pid } })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await runningServer(dir)).toBeUndefined()
  await (await acquireLock(dir)).release()
})

test('a later process with the number of a dead one does not hold its lock', async () => {
  const dir = await stateDir()
  await leave(dir, { pid: process.pid, mark: '1' })
  await (await acquireLock(dir)).release()
})

test('of eight that start at once on the file of a dead one, exactly one gets the lock', async () => {
  const dir = await stateDir()
  await leave(dir, { pid: 2 ** 22 + 1, mark: '' })
  const script = `
    const { acquireLock } = await import(${JSON.stringify(import.meta.resolve('./lock.ts'))})
    process.stdin.once('data', async () => {
      console.log(await acquireLock(${JSON.stringify(dir)}).then(() => 'got', (error) => error.code))
      process.stdin.once('data', () => process.exit())
    })
    console.log('ready')`
  const children = Array.from({ length: 8 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  for (const child of children) await once(child.stdout, 'data')
  for (const child of children) child.stdin.write('go\n')
  const answers = await Promise.all(children.map(async (child) => String((await once(child.stdout, 'data'))[0]).trim()))
  for (const child of children) child.stdin.write('end\n')
  expect(answers.toSorted()).toEqual(['got', ...Array.from({ length: 7 }, () => 'lock.held')])
})
