import { formatDuration, toErrorRecord } from '@sluice/core'
import type { ProjectDefinitions } from '@sluice/platform'
import { counted, definitionErrorText, failureText } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { portOption } from '../../cli/port-option.ts'
import { stayUp } from '../../cli/stay-up.ts'
import { steps } from '../../cli/steps.ts'

export const dev = command({
  path: 'dev',
  summary: 'Like start, and each saved change of a definition becomes the new version',
  options: [portOption],
  examples: ['sluice dev'],
  run: async (context, line) => {
    const { openServerPlatform, watchDefinitions } = await import('@sluice/platform')
    const { note } = context.output
    const server = await openServerPlatform({ root: context.root, port: line.number('port'), step: steps(context.output), note })
    context.atEnd(server.close)
    const watching = watchDefinitions(server.platform, {
      reloaded: (definitions, tookMs) => note(reloadedText(definitions, tookMs)),
      failed: (error) => note(failureText(toErrorRecord(error))),
    })
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

function reloadedText(definitions: readonly ProjectDefinitions[], tookMs: number): string {
  const errors = definitions.flatMap((each) => each.errors)
  const count = definitions.reduce((sum, { specs }) => sum + specs.length, 0)
  const summary = `${counted(count, 'pipeline')} read again in ${formatDuration(tookMs)}${errors.length === 0 ? '' : `, ${counted(errors.length, 'error')}`}`
  return [...errors.map(definitionErrorText), summary].join('\n')
}
