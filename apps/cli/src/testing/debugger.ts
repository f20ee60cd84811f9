import { once } from 'node:events'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Where a process stopped, in the file that its author edits. Lines from 1. */
export interface Stop {
  readonly file: string
  readonly line: number
  /** The value of an expression at that place. */
  evaluate(expression: string): Promise<unknown>
  resume(): Promise<void>
}

export interface Debugger extends AsyncDisposable {
  /**
   * Sets a breakpoint in each script whose map says that it is of the file, as an editor does; also in those that are loaded later.
   * Answers how many there are now.
   */
  breakAt(file: string, line: number): Promise<number>
  /** Resolves when the process stops. */
  stopped(): Promise<Stop>
}

interface Script {
  readonly scriptId: string
  readonly url: string
  readonly map: SourceMap
}

interface Message {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly method?: string
  readonly params?: unknown
}

interface Pause {
  readonly callFrames: readonly { readonly callFrameId: string; readonly location: Place }[]
  readonly reason: string
  /** Of an instrumentation: the script that is about to run. */
  readonly data?: { readonly scriptId?: string }
}

interface Place {
  readonly scriptId: string
  readonly lineNumber: number
  readonly columnNumber: number
}

/** What an editor does with the inspector of Node: it knows scripts by their maps, and shows places by them. */
export async function debuggerAt(url: string): Promise<Debugger> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const answers = new Map<number, (message: Message) => void>()
  const scripts = new Map<string, Script>()
  const wanted: { readonly file: string; readonly line: number }[] = []
  const stops: Stop[] = []
  let waiting: ((stop: Stop) => void) | undefined
  let sent = 0
  const call = async (method: string, params: object = {}): Promise<unknown> => {
    const id = ++sent
    const answered = new Promise<Message>((resolve) => answers.set(id, resolve))
    socket.send(JSON.stringify({ id, method, params }))
    const { result, error } = await answered
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result
  }
  const bind = async ({ scriptId, url: of, map }: Script, { file, line }: (typeof wanted)[number]): Promise<boolean> => {
    const lines = Array.from({ length: 10_000 }, (_, at) => at)
    const at = lines.find((each) => {
      const entry = map.findEntry(each, 0)
      return 'originalLine' in entry && entry.originalLine === line - 1 && fileOf(of, entry.originalSource) === file
    })
    if (at === undefined) return false
    await call('Debugger.setBreakpoint', { location: { scriptId, lineNumber: at } })
    return true
  }
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if (message.id !== undefined) answers.get(message.id)?.(message)
    if (message.method === 'Debugger.scriptParsed') {
      const { scriptId, url: of, sourceMapURL } = message.params as { scriptId: string; url: string; sourceMapURL?: string }
      const payload = /^data:application\/json;base64,(.+)$/.exec(sourceMapURL ?? '')?.[1]
      if (payload === undefined) return
      scripts.set(scriptId, { scriptId, url: of, map: new SourceMap(JSON.parse(Buffer.from(payload, 'base64').toString())) })
    }
    if (message.method === 'Debugger.paused') {
      const { callFrames, reason, data: about } = message.params as Pause
      const [frame] = callFrames
      if (reason === 'instrumentation') {
        const parsed = scripts.get(about?.scriptId ?? '')
        const bound = parsed === undefined ? [] : wanted.map((each) => bind(parsed, each))
        void Promise.all(bound).then(() => call('Debugger.resume'))
        return
      }
      const script = scripts.get(frame?.location.scriptId ?? '')
      const entry = script?.map.findEntry(frame?.location.lineNumber ?? 0, frame?.location.columnNumber ?? 0)
      if (frame === undefined || script === undefined || entry === undefined || !('originalLine' in entry)) return
      const stop: Stop = {
        file: fileOf(script.url, entry.originalSource),
        line: entry.originalLine + 1,
        evaluate: async (expression) => {
          const at = { callFrameId: frame.callFrameId, expression, returnByValue: true }
          return ((await call('Debugger.evaluateOnCallFrame', at)) as { result: { value: unknown } }).result.value
        },
        resume: async () => void (await call('Debugger.resume')),
      }
      if (waiting === undefined) stops.push(stop)
      else waiting(stop)
      waiting = undefined
    }
  }
  await call('Debugger.enable')
  // A script with a map stops before its first line, until its breakpoints are set.
  await call('Debugger.setInstrumentationBreakpoint', { instrumentation: 'beforeScriptWithSourceMapExecution' })
  return {
    breakAt: async (file, line) => {
      wanted.push({ file, line })
      const bound = await Promise.all([...scripts.values()].map((script) => bind(script, { file, line })))
      return bound.filter(Boolean).length
    },
    stopped: async () => stops.shift() ?? (await new Promise((resolve) => (waiting = resolve))),
    [Symbol.asyncDispose]: async () => {
      socket.close()
    },
  }
}

const fileOf = (script: string, source: string): string => fileURLToPath(new URL(source, script))
