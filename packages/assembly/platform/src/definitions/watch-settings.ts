import { type FSWatcher, watch } from 'node:fs'
import { dirname, sep } from 'node:path'
import type { Settings } from '@sluice/settings'
import { loadSettings } from '../settings.ts'

const quietMs = 50

/** Called when the configuration was read after a change. */
export interface SettingsListener {
  /** It says something else than what the platform runs with, or the same again. */
  read(differs: boolean): void
  failed(error: unknown): void
}

/**
 * Reads the configuration again when `sluice.config.ts`, `.env`, the packages or a file that a configuration imports has changed, wherever
 * in the platform's folder it lies. Nothing is told while it says what it said.
 */
export async function watchSettings(root: string, current: Settings, listener: SettingsListener): Promise<{ close(): Promise<void> }> {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let reading: Promise<void> = Promise.resolve()
  let waits = false
  let told = JSON.stringify(current)
  const own = told
  const follow = (file: string): void => {
    const folder = dirname(file)
    const inside = folder === root || folder.startsWith(root + sep)
    if (!inside || watchers.has(folder)) return
    const watcher = watch(folder, (_, name) => {
      if (!/^\.env$|\.(?:ts|json)$/.test(name ?? '')) return
      clearTimeout(timer)
      timer = setTimeout(() => {
        if (waits) return
        waits = true
        reading = reading.then(look)
      }, quietMs)
    })
    // The folder is gone: what was in it is missed by who imports it.
    watcher.on('error', () => undefined)
    watchers.set(folder, watcher)
  }
  const look = async (): Promise<void> => {
    waits = false
    try {
      const now = JSON.stringify(await loadSettings({ root, onFile: follow }))
      if (now === told) return
      told = now
      listener.read(now !== own)
    } catch (error) {
      const text = String(error)
      if (text === told) return
      told = text
      listener.failed(error)
    }
  }
  follow(`${root}${sep}.env`)
  // What was saved between the reading of the start and the first watcher is told.
  await look()
  return {
    close: async () => {
      clearTimeout(timer)
      for (const watcher of watchers.values()) watcher.close()
      await reading
    },
  }
}
