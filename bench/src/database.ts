import { acquireServer, ensureDatabase, type Server } from '@sluice/postgres'
import { undo } from './scratch.ts'

/** An embedded server with the platform's own settings (fsync on), for this benchmark alone. */
export async function benchServer(
  dir: string,
): Promise<AsyncDisposable & { readonly server: Server; url(database: string): Promise<string> }> {
  const server = await acquireServer({ dir })
  return {
    server,
    url: async (database) => {
      await ensureDatabase(server.url('postgres'), database)
      return server.url(database)
    },
    ...undo(() => server.stop()),
  }
}
