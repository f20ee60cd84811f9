import { rm } from 'node:fs/promises'
import { command } from '../../cli/command.ts'

export const reset = command({
  path: 'reset',
  summary: 'Stop everything of this platform and remove its state: databases, lake, logs, key',
  options: [{ flags: '-y, --yes', description: 'do not ask' }],
  examples: ['sluice reset', 'sluice reset --yes'],
  run: async ({ root, output, signal, confirm }, line) => {
    const { locateState, stopServer } = await import('@sluice/platform/state')
    const { stateDir, exists } = await locateState(root)
    if (!exists) {
      output.result({ removed: null }, () => `There is nothing to remove: ${stateDir} does not exist.`)
      return 0
    }
    await confirm(`Remove ${stateDir} with all data in it?`, line.flag('yes'))
    const stopped = await stopServer(stateDir, signal)
    if (stopped !== undefined) output.note(`stopped Sluice (pid ${stopped})`)
    const { stopEmbedded } = await import('@sluice/platform')
    await stopEmbedded(stateDir)
    await rm(stateDir, { recursive: true, force: true })
    output.result({ removed: stateDir }, () => `removed ${stateDir}`)
    return 0
  },
})
