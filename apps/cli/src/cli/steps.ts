import { formatDuration } from '@sluice/core'
import { type Output, printable } from '@sluice/serve/terminal'
import pc from 'picocolors'

export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>

/** Shows the progress of long work on stderr: a line that is rewritten where a person watches, else a line for each finished step. */
export function steps(output: Output): Step {
  return async (named, work) => {
    const title = printable(named)
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
