import { command } from '../../cli/command.ts'
import { portOption } from '../../cli/port-option.ts'
import { stayUp } from '../../cli/stay-up.ts'

export const start = command({
  path: 'start',
  summary: 'Run the platform: PostgreSQL, scheduler, workers, HTTP API; until it is stopped',
  options: [portOption],
  examples: ['sluice start', 'SLUICE_PORT=8080 sluice start', 'npm start'],
  run: async (context, given) => {
    const { openServerPlatform } = await import('../../platform/serve-platform.ts')
    const server = await openServerPlatform({ root: context.root, port: given.number('port'), output: context.output })
    context.atEnd(server.close)
    context.output.result(
      { url: server.url, pid: process.pid, login: server.loginUrl() },
      () => `Sluice runs at ${server.url}\nSign in: ${server.loginUrl()}`,
    )
    await stayUp(context.signal)
    return 0
  },
})
