import { formatDuration, toErrorRecord } from '@sluice/core'
import { definitionErrorText, failureText } from '../format/failure.ts'
import type { Platform } from './platform.ts'
import { watchTree } from './watch-tree.ts'

const quietMs = 100

/** Publishes the definitions anew once the files have been quiet for a moment. A broken file is told; its last good version goes on. */
export function watchDefinitions(
  platform: Pick<Platform, 'settings' | 'reload'>,
  note: (text: string) => void,
): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()
  const reload = async (): Promise<void> => {
    const began = performance.now()
    try {
      const definitions = await platform.reload()
      const errors = definitions.flatMap((each) => each.errors)
      for (const error of errors) note(definitionErrorText(error))
      const count = definitions.reduce((sum, { specs }) => sum + specs.length, 0)
      note(
        `${count} pipeline(s) read again in ${formatDuration(performance.now() - began)}${errors.length === 0 ? '' : `, ${errors.length} error(s)`}`,
      )
    } catch (error) {
      note(failureText(toErrorRecord(error)))
    }
  }
  const changed = (file: string): void => {
    if (!/\.(?:ts|sql|json)$/.test(file)) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      working = working.then(reload)
    }, quietMs)
  }
  const watchers = platform.settings.projects.map(({ dir }) => watchTree(dir, changed))
  return {
    close: async () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      await working
    },
  }
}
