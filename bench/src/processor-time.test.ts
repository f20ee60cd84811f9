import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { processorTimeOf } from './processor-time.ts'

/** A shell whose child computes for 0.3 s and has then ended. */
const computing = `"${process.execPath}" -e 'const from = process.cpuUsage().user; while (process.cpuUsage().user < from + 300_000);'; echo done; read _`

test('the processor time of a process is that of those below it too, each counted once', async () => {
  const shell = spawn('sh', ['-c', computing], { stdio: ['pipe', 'pipe', 'ignore'] })
  try {
    await once(shell.stdout, 'data')
    const pid = shell.pid ?? 0
    expect(processorTimeOf([pid])).toBeGreaterThanOrEqual(290)
    expect(processorTimeOf([pid, pid])).toBe(processorTimeOf([pid]))
    expect(processorTimeOf([process.pid])).toBeGreaterThanOrEqual(processorTimeOf([pid]))
  } finally {
    shell.stdin.end()
    await once(shell, 'exit')
  }
})
