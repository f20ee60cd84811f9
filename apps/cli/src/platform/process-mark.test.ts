import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isAlive, startMark } from './process-mark.ts'

test('a process lives under its own mark only, and not once it has ended', async () => {
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  const mark = startMark(pid)
  expect([isAlive(pid, mark), isAlive(pid, '1')]).toEqual([true, false])
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(pid, mark)).toBe(false)
})

test.runIf(process.platform === 'linux')('a zombie does not live, although nobody has fetched its exit code', async () => {
  // The shell becomes a sleep, which fetches nothing.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  const pid = Number(String((await once(parent.stdout, 'data'))[0]))
  const mark = startMark(pid)
  try {
    process.kill(pid, 'SIGKILL')
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise((resolve) => setImmediate(resolve))
    expect(isAlive(pid, mark)).toBe(false)
  } finally {
    parent.kill('SIGKILL')
  }
})
