import { requestErrors } from '@sluice/core'
import type { Platform } from '@sluice/platform'
import { findRoot } from '@sluice/platform/state'
import { closers } from '@sluice/process'
import type { Client } from '@sluice/serve/client'
import type { Context, GlobalOptions } from './context.ts'
import type { Output } from './output.ts'

export interface OpenContext extends Context {
  close(): Promise<void>
}

export function openContext(global: GlobalOptions, output: Output, signal: AbortSignal): OpenContext {
  const atEnd = closers()
  let opening: Promise<Platform> | undefined
  let remote: Client | undefined

  const platform = (): Promise<Platform> => {
    if (global.url !== undefined) {
      throw requestErrors.invalid('this command works on the machine where Sluice runs', { next: 'Leave out --url.' })
    }
    opening ??= open()
    return opening
  }
  const open = async (): Promise<Platform> => {
    const { openPlatform } = await import('@sluice/platform')
    const opened = await openPlatform({ root: findRoot(process.cwd(), process.env), note: output.note })
    atEnd.add(opened.close)
    return opened
  }
  const client = async (): Promise<Client> => {
    if (global.url === undefined) return (await platform()).client
    const { createClient, httpTransport } = await import('@sluice/serve/client')
    remote ??= createClient(httpTransport(global.url, global.token))
    return remote
  }

  return {
    global,
    output,
    signal,
    get root() {
      return findRoot(process.cwd(), process.env)
    },
    client,
    executingClient: async () => {
      if (global.url === undefined) await (await platform()).ensureExecution()
      return await client()
    },
    platform,
    atEnd: atEnd.add,
    close: atEnd.close,
  }
}
