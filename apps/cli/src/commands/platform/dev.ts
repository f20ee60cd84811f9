import { command } from '../../cli/command.ts'
import { portOption } from '../../cli/port-option.ts'
import { stayUp } from '../../cli/stay-up.ts'

export const dev = command({
  path: 'dev',
  summary: 'Like start, and each saved change of a definition becomes the new version',
  options: [portOption],
  examples: ['sluice dev'],
  run: async (context, given) => {
    const [{ openServerPlatform }, { watchDefinitions }] = await Promise.all([
      import('../../platform/serve-platform.ts'),
      import('../../platform/watch.ts'),
    ])
    const server = await openServerPlatform({ root: context.root, port: given.number('port'), output: context.output })
    context.atEnd(server.close)
    const watching = watchDefinitions(server.platform, context.output.note)
    context.atEnd(watching.close)
    context.output.result(
      { url: server.url, pid: process.pid, login: server.loginUrl() },
      () => `Sluice runs at ${server.url}\nSign in: ${server.loginUrl()}`,
    )
    context.output.note('Watching the projects for changes.')
    await stayUp(context.signal)
    return 0
  },
})
