import type { Platform } from '@sluice/platform'
import { callsOver } from '@sluice/serve/client'
import { definitionErrorText } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { portOption } from '../../cli/port-option.ts'
import { stayUp } from '../../cli/stay-up.ts'
import { steps } from '../../cli/steps.ts'

export const start = command({
  path: 'start',
  summary: 'Run the platform: PostgreSQL, scheduler, workers, HTTP API; until it is stopped',
  options: [portOption],
  examples: ['sluice start', 'SLUICE_PORT=8080 sluice start'],
  run: async (context, line) => {
    const { missingValues, openServerPlatform, projectFolders } = await import('@sluice/platform')
    const server = await openServerPlatform({
      root: context.root,
      port: line.number('port'),
      step: steps(context.output),
      note: context.output.note,
    })
    context.atEnd(server.close)
    context.output.result(
      { url: server.url, pid: process.pid, login: server.loginUrl() },
      () => `Sluice runs at ${server.url}\nSign in: ${server.loginUrl()}`,
    )
    const folders = projectFolders(server.platform.settings)
    for (const error of (await server.platform.definitions()).flatMap(({ errors }) => errors))
      context.output.note(definitionErrorText(error, folders))
    for (const warning of await startWarnings(server.platform, missingValues(server.platform.settings))) context.output.note(warning)
    await stayUp(context.signal)
    return 0
  },
})

/** Warns of what would make the first runs fail, of budgets that do not last to the end of the month, and of a demo that stayed. */
async function startWarnings({ settings, transport }: Platform, missing: readonly string[]): Promise<readonly string[]> {
  const { budgetWarnings } = await import('@sluice/serve/budget-warnings')
  const { call } = callsOver(transport)
  const budgets = await Promise.all(settings.projects.map(({ project }) => budgetWarnings(call, project.name)))
  return [
    ...(missing.length === 0 ? [] : [`warning: not set: ${missing.join(', ')}; see "sluice doctor"`]),
    ...(settings.profile === 'demo' ? ['This is the demo, on simulated upstreams. To leave it: "sluice reset".'] : budgets.flat()),
  ]
}
