import { appendFile, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { withSession } from '../connection.ts'
import { acquireServer } from '../embedded/server.ts'
import { quoteLiteral } from '../identifiers.ts'
import { untar } from './untar.ts'

export interface ClusterToRestore {
  /** The data directory, which does not exist yet. */
  readonly data: string
  readonly tar: AsyncIterable<Buffer>
  /** Segments of the log behind those of the tar, by their names. */
  readonly log: readonly { readonly name: string; read(): AsyncIterable<Buffer> }[]
  /** Epoch milliseconds: what was committed later is left out. Without it all of the log is replayed. */
  readonly until?: number
}

/**
 * Makes a data directory of a base backup and of archived log. The server replays the log when it starts, and then goes on from there on a
 * timeline of its own. All segments lie in `pg_wal`, so that nothing has to be fetched meanwhile.
 */
export async function restoreCluster({ data, tar, log, until }: ClusterToRestore): Promise<void> {
  await untar(tar, data)
  for (const { name, read } of log) {
    const file = await open(join(data, 'pg_wal', name), 'w', 0o600)
    try {
      for await (const part of read()) await file.writeFile(part)
      await file.datasync()
    } finally {
      await file.close()
    }
  }
  await rm(join(data, 'postmaster.pid'), { force: true })
  if (log.length === 0 && until === undefined) return
  const target =
    until === undefined
      ? []
      : [
          `recovery_target_time = ${quoteLiteral(new Date(until).toISOString().replace('T', ' ').replace('Z', '+00'))}`,
          "recovery_target_action = 'promote'",
        ]
  await appendFile(join(data, 'postgresql.auto.conf'), ["restore_command = 'false'", ...target, ''].join('\n'))
  await writeFile(join(data, 'recovery.signal'), '', { mode: 0o600 })
}

/**
 * Lets the server of a folder replay what `restoreCluster` has laid down, and stops it again. It needs at least the settings of the
 * cluster that was copied (`max_connections`).
 */
export async function replay(dir: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const server = await acquireServer({ dir, settings })
  try {
    await withSession(server.url('postgres'), async (session) => {
      for (;;) {
        const [row] = await session.query<{ waits: boolean }>('select pg_is_in_recovery() as waits')
        if (row?.waits === false) break
        await delay(50)
      }
      for (const name of ['restore_command', 'recovery_target_time', 'recovery_target_action'])
        await session.query(`alter system reset ${name}`)
    })
  } finally {
    await server.stop()
  }
}
