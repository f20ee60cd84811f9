import { formatDuration } from '@sluice/core'
import type { Output } from '@sluice/serve/terminal'
import pc from 'picocolors'

export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>

/** Tells on stderr what long work is at: a line that is rewritten where a person watches, one line a finished step elsewhere. */
export function steps(output: Output): Step {
  return async (title, work) => {
    const began = performance.now()
    if (output.interactive) process.stderr.write(`  ${pc.dim('…')} ${title}`)
    const clear = output.interactive ? '\r\u001b[K' : ''
    try {
      const result = await work()
      process.stderr.write(`${clear}  ${pc.green('✔')} ${title} ${pc.dim(formatDuration(performance.now() - began))}\n`)
      return result
    } catch (error) {
      process.stderr.write(`${clear}  ${pc.red('✖')} ${title}\n`)
      throw error
    }
  }
}
