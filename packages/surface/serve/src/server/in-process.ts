import { ownerEnvironment } from '../endpoint/caller.ts'
import type { Transport } from '../wire/send.ts'
import type { App } from './mount.ts'

/** Calls of the same process, as the local owner: through the same routes, validation and errors, without a socket. */
export const inProcessTransport =
  (app: App): Transport =>
  async (path, init) =>
    await app.request(path, init, { ...ownerEnvironment })
