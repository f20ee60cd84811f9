import { toErrorRecord } from '@sluice/core'
import { state } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import type { Check, Finding } from '../../doctor/check.ts'

export const doctor = command({
  path: 'doctor',
  summary: 'Check this machine and its configuration, and say what to do',
  examples: ['sluice doctor', 'sluice doctor --json'],
  run: async ({ root, output }) => {
    const findings: Finding[] = []
    const examine = async (check: Check): Promise<void> => {
      const finding = { check: check.name, ...(await check.run().catch(asFailure)) }
      findings.push(finding)
      if (output.json) return
      output.result(undefined, () => `${state(finding.status.padEnd(4))}  ${finding.check.padEnd(20)}  ${finding.detail}`)
      if (finding.next !== null) output.result(undefined, () => `      ${' '.repeat(20)}  ${finding.next}`)
    }
    const machine = await import('../../doctor/machine.ts')
    await examine(machine.system)
    await examine(machine.nodeVersion)
    await examine(machine.folder(root))
    const { loadSettings } = await import('@sluice/platform')
    const loading = loadSettings({ root })
    await examine({ name: 'configuration', run: async () => ({ status: 'ok', detail: (await loading).root, next: null }) })
    const settings = await loading.catch(() => undefined)
    if (settings !== undefined) {
      const platform = await import('../../doctor/platform.ts')
      for (const check of [
        machine.stateDirectory(settings.stateDir),
        machine.diskSpace(settings.stateDir),
        machine.httpPort(settings.stateDir, settings.port),
        machine.postgresPackage(settings.databaseUrl),
        platform.postgres(settings),
        platform.duckdb(settings),
        platform.definitions(settings),
        platform.values(settings),
        platform.mail(settings),
      ]) {
        await examine(check)
      }
    }
    const ok = findings.every(({ status }) => status !== 'fail')
    if (output.json) output.result({ ok, checks: findings }, () => '')
    return ok ? 0 : 1
  },
})

function asFailure(error: unknown): Omit<Finding, 'check'> {
  const { message, next } = toErrorRecord(error)
  return { status: 'fail', detail: message, next: next ?? null }
}
