import type { ChildProcess } from 'node:child_process'

export interface Heard {
  /** What the process has printed, on both streams. */
  output(): string
  /**
   * Resolves when that has appeared, with its first group or with all that was found.
   * @param since how much of the output is passed over
   * @throws with the output, where the process has ended before
   */
  says(text: string | RegExp, since?: number): Promise<string>
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>
}

/** Listens to a process from its start. */
export function hear(child: ChildProcess): Heard {
  let output = ''
  const waiting = new Set<() => void>()
  const more = (chunk: Buffer): void => {
    output += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout?.on('data', more)
  child.stderr?.on('data', more)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const says = async (text: string | RegExp, since = 0): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const look = (): void => {
      const found = typeof text === 'string' ? (output.includes(text, since) ? [text] : null) : text.exec(output.slice(since))
      if (found !== null) resolve(found[1] ?? found[0] ?? '')
    }
    waiting.add(look)
    look()
    ended.then((code) => reject(new Error(`it ended with ${code} before it said ${text}:\n${output}`)), reject)
    return await promise.finally(() => waiting.delete(look))
  }
  return { output: () => output, says, ended }
}
