import { type BackupKey, type BackupPlace, readBackupFile } from '@sluice/backup'
import type { DatabaseManifest, SqlFile } from './manifest.ts'
import { setValue } from './psql-script.ts'
import { preamble } from './statements-file.ts'
import { tableAndColumns } from './table-and-columns.ts'

/** A whole backup as one script for psql, opened and unpacked: `... | psql -d NAME`. What is damaged is thrown when it is come to. */
export async function* sqlScript(place: BackupPlace, manifest: DatabaseManifest, key: BackupKey | undefined): AsyncGenerator<Buffer> {
  const file = (name: SqlFile) => readBackupFile({ place, key, packed: false }, manifest.sql[name])
  yield Buffer.from('\\set ON_ERROR_STOP on\n')
  yield* file('roles')
  yield* file('before')
  for (const table of manifest.tables) {
    if (table.rows === 0) continue
    yield Buffer.from(`copy ${tableAndColumns(table)} from stdin;\n`)
    yield* readBackupFile({ place, key, packed: true }, table.file)
    yield Buffer.from('\\.\n')
  }
  yield* file('after')
  yield Buffer.from(manifest.sequences.map((each) => `${setValue(each)};\n`).join(''))
  yield* file('grants')
  yield Buffer.from(`${preamble.split('\n')[0]}\nanalyze;\n`)
}
