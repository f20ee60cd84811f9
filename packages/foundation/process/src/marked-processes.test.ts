import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { killGroup, killProcessesOf, markVariable, processesOf } from './marked-processes.ts'

const mark = `test${process.pid}`

/** A process that prints once it, and what it started, run. */
async function started(script: string, of: string, options: { readonly detached?: boolean } = {}) {
  const child = spawn('sh', ['-c', script], {
    env: { ...process.env, [markVariable]: of },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  })
  await once(child.stdout, 'data')
  return child
}

test('what a marked process started is found and killed, also in a session of its own and after its parent has ended', async () => {
  const child = await started('setsid sleep 600 & sleep 600 & echo up', `${mark}/a`)
  await expect.poll(() => child.exitCode).toBe(0)
  expect(processesOf(mark)).toHaveLength(2)
  expect(processesOf(`${mark}/a`)).toHaveLength(2)
  expect(killProcessesOf(`${mark}/a`)).toBe(2)
  await expect.poll(() => processesOf(mark)).toEqual([])
})

test('a mark is not found by the beginning of its name', async () => {
  const child = await started('echo up; exec sleep 600', `${mark}/12`)
  expect(processesOf(`${mark}/1`)).toEqual([])
  expect(killProcessesOf(`${mark}/12`)).toBe(1)
  await once(child, 'exit')
  expect(killProcessesOf(`${mark}/12`)).toBe(0)
})

test('a group dies with all its members, and one that is gone is as good', async () => {
  const child = await started('sleep 600 & echo up; wait', `${mark}/g`, { detached: true })
  killGroup(child.pid ?? 0)
  await once(child, 'exit')
  for (let n = 0; n < 100 && processesOf(`${mark}/g`).length > 0; n++) await delay(20)
  expect(processesOf(`${mark}/g`)).toEqual([])
  killGroup(child.pid ?? 0)
})
