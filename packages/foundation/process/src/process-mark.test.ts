import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isAlive, isSameProcess, markLives, ownMark, processMark } from './process-mark.ts'

test('a process lives under its own mark only, and not once it has ended', async () => {
  const child = spawn('sleep', ['60'])
  try {
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    const mark = processMark(pid) ?? ''
    expect([isAlive(pid), isSameProcess(pid, mark), markLives(`${pid}.${mark}`)]).toEqual([true, true, true])
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect([isAlive(pid), isSameProcess(pid, mark), markLives(`${pid}.${mark}`)]).toEqual([false, false, false])
  } finally {
    child.kill('SIGKILL')
  }
})

test.runIf(process.platform === 'linux')('a number that another process has now is not the process that left its mark', () => {
  expect([isAlive(process.pid), isSameProcess(process.pid, '1'), markLives(`${process.pid}.1`)]).toEqual([true, false, false])
  expect([markLives(ownMark()), markLives(`${ownMark()}.aaaa`), markLives(String(process.pid))]).toEqual([true, true, false])
})

test.runIf(process.platform === 'linux')('a zombie does not live, although nobody has fetched its exit code', async () => {
  // The shell becomes a sleep, which fetches nothing; until then it might fetch the exit code.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  const pid = Number(String((await once(parent.stdout, 'data'))[0]))
  const mark = processMark(pid) ?? ''
  try {
    while (!readFileSync(`/proc/${parent.pid}/cmdline`, 'utf8').startsWith('sleep')) await new Promise((resolve) => setImmediate(resolve))
    process.kill(pid, 'SIGKILL')
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise((resolve) => setImmediate(resolve))
    expect([isAlive(pid), isSameProcess(pid, mark)]).toEqual([false, false])
  } finally {
    parent.kill('SIGKILL')
  }
})
