import type { ChildProcess } from 'node:child_process'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Fault } from './loader-protocol.ts'

/** Pausing a busy loop took 93 ms where it was measured, on a quiet machine. */
const patienceMs = 60_000

/**
 * Where a busy process is. SIGUSR1 makes Node open its debugger on a separate thread, which can pause a loop that never yields. `null` when
 * the process is not busy in the user's folder, or does not answer in time.
 */
export async function interruptedAt(child: ChildProcess, base: string): Promise<Pick<Fault, 'file' | 'line' | 'column'> | null> {
  if (process.platform === 'win32' || child.stderr === null) return null
  const { stderr } = child
  return await new Promise((resolve) => {
    let socket: WebSocket | undefined
    const finish = (place: Pick<Fault, 'file' | 'line' | 'column'> | null): void => {
      clearTimeout(timer)
      stderr.off('data', listen)
      socket?.close()
      resolve(place)
    }
    const timer = setTimeout(() => finish(null), patienceMs)
    let heard = ''
    const listen = (text: string): void => {
      heard += text
      const address = /Debugger listening on (ws:\S+)\s/.exec(heard)?.[1]
      if (address === undefined || socket !== undefined) return
      socket = new WebSocket(address)
      socket.onerror = () => finish(null)
      socket.onopen = () => {
        socket?.send('{"id":1,"method":"Debugger.enable"}')
        socket?.send('{"id":2,"method":"Debugger.pause"}')
      }
      const urls = new Map<string, string>()
      socket.onmessage = (event) => {
        const message = JSON.parse(String(event.data)) as DebuggerMessage
        if (message.method === 'Debugger.scriptParsed') urls.set(message.params.scriptId, message.params.url)
        if (message.method === 'Debugger.paused') finish(placeOf(message.params.callFrames, urls, base))
      }
    }
    stderr.on('data', listen)
    child.kill('SIGUSR1')
  })
}

interface CallFrame {
  /** Lines and columns from 0. */
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number }
}

type DebuggerMessage =
  | { readonly method: 'Debugger.scriptParsed'; readonly params: { readonly scriptId: string; readonly url: string } }
  | { readonly method: 'Debugger.paused'; readonly params: { readonly callFrames: readonly CallFrame[] } }

function placeOf(frames: readonly CallFrame[], urls: ReadonlyMap<string, string>, base: string) {
  for (const { location } of frames) {
    const url = urls.get(location.scriptId) ?? ''
    if (!url.startsWith('file://')) continue
    const file = fileURLToPath(url)
    if (file.startsWith(base + sep)) return { file, line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 }
  }
  return null
}
