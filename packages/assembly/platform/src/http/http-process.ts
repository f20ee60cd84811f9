import { bugErrors, toErrorRecord } from '@sluice/core'
import { endAtOnce } from '@sluice/process'
import { portErrors, serveHttp } from '@sluice/serve'
import { listensForThisMachine, urlForPeople } from '@sluice/settings'
import type { WarehouseUrls } from '@sluice/warehouse/capability'
import type { Database } from '../database/database.ts'
import type { ScratchDoor, ScratchPlace } from '../database/scratch.ts'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { errorOf } from '../error-of.ts'
import { openPlatform } from '../platform.ts'
import { loadAhead } from './load-ahead.ts'
import type { FromHttp, Part, ScratchAsk, ToHttp } from './protocol.ts'

/**
 * Entry of the HTTP process, which answers people and executes nothing: a request that blocks it, or fills its memory, holds up no
 * schedule and no task.
 *
 * States: starting (waits for its options) -> listening (requests wait for the parts that the server opens) -> ended (told to close; or at
 * once, when the server is gone).
 */
const tell = (message: FromHttp): Promise<void> =>
  new Promise((resolve) => (process.send === undefined || !process.connected ? resolve() : process.send(message, () => resolve())))

// Whoever sends these to all processes of the command means the server, which decides.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.on('disconnect', endAtOnce)

const database = Promise.withResolvers<Database>()
const loaded = Promise.withResolvers<void>()
let definitions: readonly ProjectDefinitions[] = []
const take = (part: Part): void => {
  if (part.kind === 'database') {
    const { url, embedded } = part
    // It is the server's: whether it runs is watched there. The role of this process administers nothing.
    database.resolve({ url, adminUrl: url, embedded, runs: () => true, release: async () => undefined })
  } else {
    definitions = part.definitions
    loaded.resolve()
  }
}

const questions: PromiseWithResolvers<WarehouseUrls>[] = []
const warehouseUrlsOf = async (project: string): Promise<WarehouseUrls> => {
  const question = Promise.withResolvers<WarehouseUrls>()
  await tell({ kind: 'warehouse', question: questions.push(question) - 1, project })
  return await question.promise
}

const scratchQuestions: PromiseWithResolvers<ScratchPlace | null>[] = []
async function askScratch(ask: ScratchAsk): Promise<ScratchPlace | null> {
  const question = Promise.withResolvers<ScratchPlace | null>()
  await tell({ kind: 'scratch', question: scratchQuestions.push(question) - 1, ...ask })
  return await question.promise
}
const scratch: ScratchDoor = {
  make: async (project, template) => {
    const made = await askScratch({ project, template: template ?? null })
    if (made === null) throw bugErrors.unreachable(`no scratch database was made for ${project}`)
    return made
  },
  drop: async (name) => void (await askScratch({ drop: name })),
}

let close = (): Promise<void> => Promise.resolve()
process.on('message', (message: ToHttp) => {
  if (message.kind === 'start') void start(message)
  else if (message.kind === 'close') void close().finally(() => process.exit(0))
  else if (message.kind === 'warehouse') {
    const question = questions[message.question]
    if ('urls' in message) question?.resolve(message.urls)
    else question?.reject(errorOf(message.error))
  } else if (message.kind === 'scratch') {
    const question = scratchQuestions[message.question]
    if ('made' in message) question?.resolve(message.made)
    else question?.reject(errorOf(message.error))
  } else take(message)
})

async function start({ root, settings, port, localPort, anyPort }: Extract<ToHttp, { kind: 'start' }>): Promise<void> {
  try {
    const platform = await openPlatform({
      root,
      note: (text) => void tell({ kind: 'note', text }),
      parts: {
        settings,
        database: () => database.promise,
        definitions: () => loaded.promise.then(() => definitions),
        warehouseUrlsOf,
        scratch,
      },
    })
    const { listen } = platform.settings
    const { host, tls } = listen
    const note = (text: string): void => void tell({ kind: 'note', text })
    const app = await platform.app()
    const server = await serveHttp(app, { host, port, tls, note }).catch((error: unknown) => {
      if (anyPort && portErrors.in_use.is(error)) return serveHttp(app, { host, port: 0, tls, note })
      throw error
    })
    const local = listensForThisMachine(listen) ? server : await serveHttp(app, { port: localPort })
    close = async () => {
      await Promise.all([server.close(), local.close()])
      await platform.close()
    }
    await tell({
      kind: 'listening',
      url: urlForPeople(listen, server.port),
      port: server.port,
      localUrl: local.url,
      localPort: local.port,
    })
    void loadAhead()
  } catch (error) {
    await tell({ kind: 'refused', error: toErrorRecord(error) })
    process.exit(1)
  }
}
