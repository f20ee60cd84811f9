import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface LineProcess {
  /** Sends one request and waits for its answer. Throws the error of the engine. */
  ask(request: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): Promise<void>
}

type Answer = { readonly ok: unknown } | { readonly error: string }

/**
 * A process that first prints `{"ok": "ready"}` and then answers each line of JSON with one line, in order. It ends when its input ends.
 */
export async function startLineProcess(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<LineProcess> {
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] })
  const waiting: PromiseWithResolvers<unknown>[] = []
  let complaints = ''
  child.stderr.on('data', (text: Buffer) => {
    complaints = (complaints + text.toString()).slice(-4000)
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      for (const one of waiting.splice(0)) one.reject(new Error(`${command} ended early: ${complaints}`))
      resolve()
    })
    child.once('error', (cause) => {
      complaints = String(cause)
    })
  })
  child.stdin.on('error', () => undefined)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer
    const one = waiting.shift()
    if ('ok' in answer) one?.resolve(answer.ok)
    else one?.reject(new Error(answer.error))
  })
  const next = async (): Promise<unknown> => {
    const one = Promise.withResolvers<unknown>()
    waiting.push(one)
    return await one.promise
  }
  await next()
  return {
    async ask(request) {
      const answer = next()
      child.stdin.write(`${JSON.stringify(request)}\n`)
      return await answer
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}
