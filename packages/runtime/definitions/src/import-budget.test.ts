import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { importState, spentBy } from './import-budget.ts'

test('what counts is work and waiting, not the wall clock of a machine that others use', () => {
  const budget = 20_000
  expect(importState(600_000, { cpuMs: 12_000, queuedMs: 575_000 }, budget)).toBe('goes on')
  expect(importState(600_000, { cpuMs: 20_000, queuedMs: 575_000 }, budget)).toBe('computes')
  expect(importState(20_500, { cpuMs: 400, queuedMs: 0 }, budget)).toBe('waits')
  expect(importState(20_500, { cpuMs: 400, queuedMs: 300 }, budget)).toBe('goes on')
  // Threads side by side spend more than the wall clock shows.
  expect(importState(5_000, { cpuMs: 9_000, queuedMs: 9_000 }, budget)).toBe('goes on')
})

test('where the system has no figures a file is given a multiple of its budget', () => {
  expect(importState(100_000, null, 20_000)).toBe('goes on')
  expect(importState(120_000, null, 20_000)).toBe('waits')
})

test.runIf(process.platform === 'linux')('the system tells what another process has spent, and nothing of one that has ended', async () => {
  const child = fork(fileURLToPath(new URL('./testing/busy-process.ts', import.meta.url)), { stdio: 'ignore' })
  await once(child, 'message')
  const pid = child.pid ?? 0
  const before = spentBy(pid)
  const ended = once(child, 'exit')
  while ((spentBy(pid)?.cpuMs ?? 0) < (before?.cpuMs ?? 0) + 100) await new Promise((resolve) => setTimeout(resolve, 10))
  child.kill('SIGKILL')
  await ended
  expect(before?.cpuMs).toBeGreaterThan(0)
  expect(spentBy(pid)).toBeNull()
})
