import { randomBytes } from 'node:crypto'
import { dropDatabase, ensureDatabase, urlFor } from '@sluice/postgres'
import { openDatabase } from './database.ts'

export interface ThrowawayDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** An empty database for a while, on the server of the state, which is started for it if need be. */
export async function throwawayDatabase(settings: Parameters<typeof openDatabase>[0]): Promise<ThrowawayDatabase> {
  const server = await openDatabase(settings)
  const name = `sluice_throwaway_${randomBytes(6).toString('hex')}`
  const drop = async (): Promise<void> => {
    await dropDatabase(server.adminUrl, name)
    await server.release()
  }
  try {
    await ensureDatabase(server.adminUrl, name, { forAMoment: true })
    return { url: urlFor(server.adminUrl, name), drop }
  } catch (error) {
    await drop()
    throw error
  }
}
