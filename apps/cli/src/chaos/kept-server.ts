import { acquireServer, type Server } from '@sluice/postgres'

/**
 * The server of a platform, started by a test before the platform does it: a command beside it starts none. Such tests end processes and
 * never a machine, so that its files need not reach the disk.
 */
export const keptServer = (dir: string): Promise<Server> => acquireServer({ dir, settings: { fsync: 'off', full_page_writes: 'off' } })
