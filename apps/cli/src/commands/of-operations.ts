import { bugErrors } from '@sluice/core'
import { commands, type LoadableCommand } from '@sluice/serve/commands'
import { commandsOf, pathOf, runCommand } from '@sluice/serve/terminal'
import type { Command } from '../cli/command.ts'

/** The endpoint is loaded, and with it the schemas of its input and answer, when its command runs. */
const asCommand = (spec: LoadableCommand): Command => ({
  ...spec,
  run: async (context, line) => {
    const endpoint = await spec.load()
    const command = commandsOf(endpoint).find((each) => pathOf(endpoint, each) === spec.path)
    if (command === undefined) {
      throw bugErrors.unreachable(`${spec.operation} has no command "${spec.path}"`, { next: 'Run "npm run operations".' })
    }
    return await runCommand(spec, endpoint, command, context, line)
  },
})

export const operationCommands: readonly Command[] = commands.map(asCommand)
