import { formatDuration, toErrorRecord } from '@sluice/core'
import type { ProjectDefinitions } from '@sluice/platform'
import { counted, definitionErrorText, failureText, type ProjectFolders } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { listenForKeys } from '../../cli/keys.ts'
import { portOption } from '../../cli/port-option.ts'
import { stayUp } from '../../cli/stay-up.ts'
import { steps } from '../../cli/steps.ts'
import { migrationKey, proposeMigrations } from '../../dev/propose-migrations.ts'
import { examinedText } from './examined-text.ts'

export const dev = command({
  path: 'dev',
  summary: 'Like start; each saved change of a definition becomes the new version, and is examined as by validate',
  options: [
    portOption,
    {
      flags: '--inspect',
      description: 'run tasks in one process that a debugger of this machine can stop, at port 9229; whoever reaches the port acts as you',
    },
  ],
  examples: ['sluice dev', 'sluice dev --inspect'],
  run: async (context, line) => {
    const { examineDefinitions, openServerPlatform, projectFolders, watchDefinitions, watchSettings } = await import('@sluice/platform')
    const { note } = context.output
    const server = await openServerPlatform({
      root: context.root,
      port: line.number('port'),
      reloads: true,
      debuggerPort: line.flag('inspect') ? usualDebuggerPort : undefined,
      step: steps(context.output),
      note,
    })
    context.atEnd(server.close)
    const { settings } = server.platform
    const folders = projectFolders(settings)
    const failed = (error: unknown): void => note(failureText(toErrorRecord(error)))
    const latest = onlyTheLatest(async (definitions: readonly ProjectDefinitions[], signal) => {
      const began = performance.now()
      const examined = await examineDefinitions(settings, definitions, signal)
      const known = definitions.reduce((sum, { errors }) => sum + errors.length, 0)
      if (!signal.aborted) note(examinedText(examined, { known, tookMs: performance.now() - began, folders }))
    }, failed)
    context.atEnd(latest.close)
    const proposals = proposeMigrations(server.platform.client, note)
    let looking: Promise<void> = Promise.resolve()
    const inTurn = (work: () => Promise<void>): void => {
      looking = looking.then(work)
    }
    const watching = watchDefinitions(server.platform, {
      reloaded: (definitions, tookMs) => {
        note(reloadedText(definitions, tookMs, folders))
        inTurn(() => proposals.look(definitions))
        latest.begin(definitions)
      },
      failed,
    })
    context.atEnd(watching.close)
    const configuration = await watchSettings(context.root, settings, {
      read: (differs) => note(differs ? startAgain : 'The configuration is again the one that runs.'),
      failed,
    })
    context.atEnd(configuration.close)
    context.output.result(
      { url: server.url, pid: process.pid, login: server.loginUrl() },
      () => `Sluice runs at ${server.url}\nSign in: ${server.loginUrl()}`,
    )
    context.output.note('Watching the projects for changes.')
    const definitions = await server.platform.definitions()
    for (const error of definitions.flatMap(({ errors }) => errors)) note(definitionErrorText(error, folders))
    inTurn(() => proposals.look(definitions))
    latest.begin(definitions)
    const listening = listenForKeys((key) => {
      if (key === migrationKey) inTurn(proposals.accept)
    })
    await stayUp(context.signal)
    listening()
    await looking
    return 0
  },
})

const startAgain =
  'The configuration or .env has changed, and the platform runs with what it was. Press Ctrl+C and start sluice dev again to take it over.'

/** Where debuggers look for Node. */
const usualDebuggerPort = 9_229

/** Work that a newer one makes needless: it is told to end, and what it throws then is of no interest. */
function onlyTheLatest<Given>(work: (given: Given, signal: AbortSignal) => Promise<void>, failed: (error: unknown) => void) {
  let current = new AbortController()
  let working: Promise<void> = Promise.resolve()
  const begin = (given: Given): void => {
    current.abort()
    const own = new AbortController()
    current = own
    working = working
      .then(() => (own.signal.aborted ? undefined : work(given, own.signal)))
      .catch((error: unknown) => {
        if (!own.signal.aborted) failed(error)
      })
  }
  return {
    begin,
    close: async (): Promise<void> => {
      current.abort()
      await working
    },
  }
}

function reloadedText(definitions: readonly ProjectDefinitions[], tookMs: number, folders: ProjectFolders): string {
  const errors = definitions.flatMap((each) => each.errors)
  const count = definitions.reduce((sum, { specs }) => sum + specs.length, 0)
  const summary = `${counted(count, 'pipeline')} read again in ${formatDuration(tookMs)}${errors.length === 0 ? '' : `, ${counted(errors.length, 'error')}`}`
  return [...errors.map((error) => definitionErrorText(error, folders)), summary].join('\n')
}
