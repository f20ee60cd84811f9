import { askProcess } from '../ask-process.ts'
import type { TimeZoneQuestion, TimeZoneReply } from './time-zones-process.ts'

/**
 * The warnings of `timeZoneWarnings`, from a process of its own: DuckDB stays in the memory of whoever has loaded it (20 MB), and a server
 * compares once.
 * @throws why the engines could not be compared
 */
export async function compareTimeZones(stateDir: string, question: TimeZoneQuestion, signal: AbortSignal): Promise<readonly string[]> {
  const asked = await askProcess<TimeZoneReply>(import.meta.resolve('./time-zones-process.ts'), question, { stateDir, signal })
  if ('ended' in asked) throw new Error(`their process ended: ${asked.ended}`)
  if ('error' in asked.reply) throw new Error(asked.reply.error)
  return asked.reply.warnings
}
