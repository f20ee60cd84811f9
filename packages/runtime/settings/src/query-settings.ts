import { type AnswerLimits, durationMs, usualLimits } from '@sluice/core'
import { type TurnsOptions, usualTurns } from '@sluice/process'
import type { PlatformKeyName } from './platform-keys.ts'
import type { ResolvePlatform } from './platform-settings.ts'
import type { Setting } from './resolve.ts'

/** What queries that people type may take, each of them and all together. */
export interface QuerySettings {
  readonly limits: AnswerLimits
  readonly turns: TurnsOptions
  /** Of DuckDB in the process of one query of the lake. `null`: by the memory of the machine. */
  readonly memoryMb: number | null
}

const mib = 2 ** 20

export function querySettings(resolve: ResolvePlatform): { readonly queries: QuerySettings; readonly settings: readonly Setting[] } {
  const settings: Setting[] = []
  const value = (name: PlatformKeyName, fallback: string | number | null): string | number | null => {
    const setting = resolve(name, fallback)
    settings.push(setting)
    return setting.value
  }
  const whole = (name: PlatformKeyName, fallback: number): number => Number(value(name, fallback))
  const span = (name: PlatformKeyName, fallbackMs: number): number => durationMs(String(value(name, `${fallbackMs / 1_000}s`)))
  const { timeoutMs, budget, file } = usualLimits
  const limits: AnswerLimits = {
    timeoutMs: span('queryTimeout', timeoutMs),
    budget: { bytes: whole('queryAnswerMb', budget.bytes / mib) * mib, cells: whole('queryAnswerCells', budget.cells) },
    file: { bytes: whole('queryFileMb', file.bytes / mib) * mib, timeoutMs: span('queryFileTimeout', file.timeoutMs) },
  }
  const turns: TurnsOptions = {
    // The turn kept for those who put things right is not a setting: without it nobody could end what holds up the others.
    ...usualTurns,
    all: whole('queriesAtOnce', usualTurns.all),
    each: whole('queriesOfOne', usualTurns.each),
    waiting: whole('queriesWaiting', usualTurns.waiting),
    waitingMs: usualTurns.waitingMs,
  }
  const memory = value('queryMemoryMb', null)
  return { settings, queries: { limits, turns, memoryMb: memory === null ? null : Number(memory) } }
}
