import { requestErrors } from '@sluice/core'
import type { Platform } from '@sluice/platform'
import { findRoot, serverHere } from '@sluice/platform/state'
import { closers, once } from '@sluice/process'
import { callsOver, createClient, type Transport } from '@sluice/serve/client'
import { nodeTransport } from '@sluice/serve/client/node'
import type { Calls, Output } from '@sluice/serve/terminal'
import { confirm } from './confirm.ts'
import type { Context, GlobalOptions } from './context.ts'
import { newPassword } from './new-password.ts'

export interface OpenContext extends Context {
  close(): Promise<void>
}

export function openContext(global: GlobalOptions, output: Output, signal: AbortSignal): OpenContext {
  const atEnd = closers()
  const root = (): string => findRoot(process.cwd(), process.env)
  const opened = once(async (): Promise<Platform> => {
    const { openPlatform } = await import('@sluice/platform')
    const platform = await openPlatform({ root: root(), note: output.note })
    atEnd.add(platform.close)
    const { running } = platform
    if (running?.url === null)
      output.note(`Sluice is starting here (pid ${running.pid}): what it has not loaded yet is not in this answer.`)
    return platform
  })
  const platform = (): Promise<Platform> => {
    if (global.url === undefined) return opened()
    throw requestErrors.invalid('this command works on the machine where Sluice runs', { next: 'Leave out --url.' })
  }
  /** The server of `--url`, else the one that runs on this state. */
  const server = once(async () => {
    if (global.url !== undefined) return { url: global.url, token: global.token }
    return await serverHere(root(), process.env)
  })
  const transport = once(async (): Promise<Transport> => {
    const found = await server()
    return found === undefined ? (await platform()).transport : nodeTransport(found.url, found.token)
  })
  const ownTransport = async (): Promise<Transport> => (global.url === undefined ? (await platform()).transport : await transport())
  const client = once(async () => createClient(await transport()))

  return {
    global,
    output,
    signal,
    project: global.project,
    get root() {
      return root()
    },
    ...callsLater(transport),
    ownProcess: callsLater(ownTransport),
    client,
    wait: async (run, options) => await (await client()).runs.wait(run, { signal, ...options }),
    execute: async () => {
      if ((await server()) === undefined) await (await platform()).ensureExecution()
    },
    executes: async () => (await server()) !== undefined || (await platform()).running !== undefined,
    confirm: (question, yes) => confirm(output, question, yes),
    newPassword: (fromStdin) => newPassword(output, fromStdin),
    platform,
    atEnd: atEnd.add,
    close: atEnd.close,
  }
}

const callsLater = (transport: () => Promise<Transport>): Calls => ({
  call: async (endpoint, ...input) => await callsOver(await transport()).call(endpoint, ...input),
  stream: async (endpoint, ...input) => await callsOver(await transport()).stream(endpoint, ...input),
})
