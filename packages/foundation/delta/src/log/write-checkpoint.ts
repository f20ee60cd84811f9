import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { unsupported } from '../errors.ts'
import { numbersAsText } from '../json.ts'
import type { Action, AddFile } from '../protocol/actions.ts'
import { isTrue, says } from '../protocol/properties.ts'
import { fileLiteral, queryRows, quoteLiteral } from '../sql.ts'
import type { LogStore } from '../store/store.ts'
import { type CheckpointForm, lineColumns, lineSelection } from './checkpoint-form.ts'
import type { CompleteState } from './replay.ts'
import { retentionMs } from './retention.ts'
import { checkpointPath, logFolder, versionName } from './segment.ts'

const week = 7 * 86_400_000

/**
 * Writes the classic checkpoint of a state, which every table may have (PROTOCOL.md, Checkpoints), and updates `_last_checkpoint`. The
 * actions pass through files of JSON lines, because one text could not hold them all. Tombstones are kept until their retention ends.
 * Without them the VACUUM of another engine would delete the files too late. `state` must hold only live transactions.
 */
export async function writeCheckpoint(connection: DuckDBConnection, store: LogStore, state: CompleteState, nowMs: number): Promise<void> {
  checkExact(state)
  const form = formOf(state)
  const actions = actionsOf(state, form, nowMs)
  const id = randomUUID()
  const temporary = (kind: string) => `${logFolder}/.${versionName(state.version)}.checkpoint.${id}.${kind}.tmp`
  const parquet = temporary('parquet')
  const parts: string[] = []
  try {
    for (const text of textsOf(actions, partChars)) {
      const part = temporary(`${parts.length}.ndjson`)
      parts.push(part)
      await store.put(part, text)
    }
    const files = parts.map((part) => fileLiteral(join(store.root, part)))
    const source = `read_json([${files.join(', ')}], format='newline_delimited', columns=${lineColumns(form)}, maximum_object_size=268435456)`
    await queryRows(
      connection,
      `COPY (SELECT ${lineSelection(form, state.metadata)} FROM ${source}) TO ${quoteLiteral(join(store.root, parquet))} (FORMAT parquet, COMPRESSION snappy)`,
    )
    if (!(await store.adopt(parquet, checkpointPath(state.version)))) return
  } finally {
    for (const path of [...parts, parquet]) await store.delete(path)
  }
  const size = await store.stat(checkpointPath(state.version))
  await store.put(
    `${logFolder}/_last_checkpoint`,
    JSON.stringify({ version: state.version, size: actions.length, sizeInBytes: size?.size ?? 0, numOfAddFiles: state.files.size }),
  )
  // Hadoop's checksum belongs to the replaced file, and Spark would reject the new one by it.
  await store.delete(`${logFolder}/._last_checkpoint.crc`)
}

/** Far below the length limit of JavaScript strings, which the actions of a million files exceed. */
const partChars = 2 ** 26

/** The actions as JSON lines, in texts a little longer than `chars`. */
export function* textsOf(actions: readonly Action[], chars: number): Generator<string> {
  let text = ''
  for (const action of actions) {
    text += `${JSON.stringify(action)}\n`
    if (text.length < chars) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

/** `JSON.parse` may have rounded a version that another engine wrote. Once the commits are deleted, the exact version would be lost. */
function checkExact({ transactions }: CompleteState): void {
  const rounded = transactions.values().find(({ version }) => !Number.isSafeInteger(version))
  if (rounded !== undefined) throw unsupported('application transactions with versions above 2^53', `of ${rounded.appId}`)
}

function formOf({ files, tombstones, domains, metadata }: CompleteState): CheckpointForm {
  const hasVector = (entry: { readonly deletionVector?: unknown }) => entry.deletionVector !== undefined
  return {
    deletionVectors: files.values().some(hasVector) || tombstones.values().some(hasVector),
    domains: domains.size > 0,
    statsAsJson: !says(metadata.configuration['delta.checkpoint.writeStatsAsJson'], 'false'),
    statsAsStruct: isTrue(metadata.configuration['delta.checkpoint.writeStatsAsStruct']),
  }
}

function actionsOf(state: CompleteState, form: CheckpointForm, nowMs: number): Action[] {
  const keepAfterMs = nowMs - retentionMs(state.metadata.configuration, 'delta.deletedFileRetentionDuration', week)
  const typed = ({ stats }: AddFile) => (form.statsAsStruct && stats !== undefined ? { typedStats: numbersAsText(stats) } : {})
  return [
    { protocol: state.protocol },
    { metaData: state.metadata },
    ...[...state.transactions.values()].map((txn) => ({ txn })),
    ...[...state.domains.values()].map((domainMetadata) => ({ domainMetadata })),
    ...[...state.files.values()].map((add) => ({ add: { ...add, ...typed(add), dataChange: false } })),
    ...[...state.tombstones.values()]
      .filter((r) => (r.deletionTimestamp ?? 0) > keepAfterMs)
      .map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ]
}
