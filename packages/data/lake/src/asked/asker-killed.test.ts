import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from '@sluice/process'
import { expect, test } from 'vitest'

/** Hundredths of a second that a process has computed. */
const ticksOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[11] ?? 0)

test('a query ends with whoever asked, also when that process is killed while DuckDB computes', async () => {
  const home = mkdtempSync(join(tmpdir(), 'sluice-asker-'))
  mkdirSync(join(home, 'lake/demo'), { recursive: true })
  const script = fileURLToPath(new URL('./testing/ask-without-end.ts', import.meta.url))
  const asking = spawn(process.execPath, [script, home], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [told] = (await once(asking.stdout, 'data')) as [Buffer]
    const answering = Number(String(told))
    // Where the system tells it: more than the process takes to start.
    if (process.platform === 'linux') await expect.poll(() => ticksOf(answering), { timeout: 600_000 }).toBeGreaterThan(300)
    asking.kill('SIGKILL')
    try {
      await expect.poll(() => isAlive(answering), { timeout: 60_000 }).toBe(false)
    } finally {
      if (isAlive(answering)) process.kill(answering, 'SIGKILL')
    }
  } finally {
    asking.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  }
})
