import { quoteLiteral } from '@sluice/postgres'
import type { DatabaseSchema } from '@sluice/postgres/dump'
import type { SavedTable } from './manifest.ts'
import { preamble } from './statements-file.ts'
import { tableAndColumns } from './table-and-columns.ts'

/**
 * The whole backup for psql alone, without a Sluice: run in the folder of the backup, into a database that is empty. It needs the program
 * `zstd`. A backup that is encrypted has none.
 */
export function psqlScript({ sequences }: Pick<DatabaseSchema, 'sequences'>, saved: readonly SavedTable[]): string {
  return [
    '-- createdb NAME, then in this folder: psql -d NAME -f restore.sql',
    '\\set ON_ERROR_STOP on',
    '\\ir roles.sql',
    '\\ir before.sql',
    ...saved.filter(({ rows }) => rows > 0).map((table) => `\\copy ${tableAndColumns(table)} from program 'zstd -dcq ${table.file.path}'`),
    '\\ir after.sql',
    ...sequences.map((each) => `${setValue(each)};`),
    '\\ir grants.sql',
    preamble.split('\n')[0],
    'analyze;',
    '',
  ].join('\n')
}

export const setValue = ({ name, last, called }: DatabaseSchema['sequences'][number]): string =>
  `select pg_catalog.setval(${quoteLiteral(name)}, ${last}, ${called})`
