import { createHash } from 'node:crypto'
import { dirname, normalize } from 'node:path/posix'
import type { TableContext } from '../context.ts'
import { writeDataFiles } from '../files/data-files.ts'
import { type CompleteState, keyOf } from '../log/replay.ts'
import { fileKey } from '../log/uri.ts'
import type { AddFile } from '../protocol/actions.ts'
import { checkWritable } from '../protocol/writable.ts'
import { predicateSql, type TableShape } from '../read/prune.ts'
import { scanOf, shapeOf } from '../read/snapshot.ts'
import { assign } from '../schema/assign.ts'
import { toDuckType } from '../schema/schema.ts'
import { quoteIdentifier } from '../sql.ts'
import { removeOf } from '../write/remove-file.ts'
import { discard, type Staged, transact, txnsOf } from '../write/transaction.ts'
import { type Bin, clusterTag, type OptimizeOptions, type OptimizeRules, planOptimize, rulesOf } from './optimize-plan.ts'

export interface OptimizeResult {
  /** The version of this commit; the table's version when there was nothing to do. */
  readonly version: number
  readonly filesRemoved: number
  readonly filesAdded: number
  readonly bytesRemoved: number
  readonly bytesAdded: number
  /** The number of rewritten partitions. */
  readonly partitions: number
  /** The number of partitions that needed no rewrite. When no file was added or removed, nothing was committed. */
  readonly skipped: number
}

interface Rewritten {
  readonly bin: Bin
  readonly files: readonly AddFile[]
}

/**
 * Packs small files together and rewrites files with deletion vectors, in one commit that changes no row (`dataChange` false, PROTOCOL.md,
 * Add File). Works on one bin at a time. Rows keep their order unless columns to cluster by are given. Concurrent appends do not conflict
 * with the commit. When another writer removes one of its files, only the bins with such files are planned again.
 */
export async function optimize(context: TableContext, options: OptimizeOptions = {}): Promise<OptimizeResult> {
  let done: Rewritten[] = []
  let basis = ''
  let skipped = 0
  const keep = async (usable: (rewritten: Rewritten) => boolean) => {
    const [kept, lost] = [done.filter(usable), done.filter((rewritten) => !usable(rewritten))]
    done = kept
    for (const { files } of lost) await discard(context, files)
  }
  return await transact<OptimizeResult>(context, {
    txns: txnsOf(options),
    abandon: () => keep(() => false),
    unchanged: ({ version }) => ({ version, filesRemoved: 0, filesAdded: 0, bytesRemoved: 0, bytesAdded: 0, partitions: 0, skipped }),
    async stage(base) {
      const shape = shapeOf(base)
      checkWritable(base.protocol, base.metadata, shape.schema)
      const rules = rulesOf(options, base.metadata.configuration, shape)
      const { schemaString, partitionColumns, configuration } = base.metadata
      const written = JSON.stringify([schemaString, partitionColumns, configuration])
      const before = basis
      basis = written
      await keep(({ bin }) => before === written && bin.files.every((file) => base.files.has(keyOf(file, context.root))))
      const taken = new Set(done.flatMap(({ bin }) => bin.files.map((file) => keyOf(file, context.root))))
      const plan = planOptimize(
        [...base.files].filter(([key]) => !taken.has(key)).map(([, file]) => file),
        shape,
        rules,
      )
      skipped = plan.skipped
      for (const bin of plan.bins) done.push({ bin, files: await rewrite(context, base, shape, rules, bin) })
      return done.length === 0 ? undefined : staged(context, shape, rules, done, skipped)
    },
  })
}

async function rewrite(
  context: TableContext,
  base: CompleteState,
  shape: TableShape,
  rules: OptimizeRules,
  bin: Bin,
): Promise<readonly AddFile[]> {
  const scan = await scanOf(bin.files, shape, context, {})
  const clustered = rules.clusterBy.length > 0
  const { files } = await writeDataFiles(context.connection, context.store, {
    select: clustered ? `SELECT * FROM (${scan}) ORDER BY ${rules.clusterBy.map(quoteIdentifier).join(', ')}` : scan,
    expressions: assign(
      shape.schema,
      shape.schema.fields.map((f) => ({ name: f.name, type: toDuckType(f.type) })),
      false,
    ).expressions,
    schema: shape.schema,
    partitionColumns: shape.partitionColumns,
    properties: base.metadata.configuration,
    nowMs: context.now(),
    into: {
      folder: folderOf(bin, context.root),
      partitionValues: bin.partitionValues,
      ...(clustered ? { maxBytes: rules.targetBytes } : {}),
    },
  })
  const tags = clustered ? { tags: { [clusterTag]: JSON.stringify(rules.clusterBy) } } : {}
  return files.map((file) => ({ ...file, dataChange: false, ...tags }))
}

/**
 * The folder of the replaced files, if it is safe. A path in the log must not lead out of the root or into a folder that a vacuum ignores.
 */
function folderOf({ files: [first], partition, partitionValues }: Bin, root: string): string {
  if (Object.keys(partitionValues).length === 0) return ''
  const folder = dirname(normalize(first === undefined ? '' : fileKey(first.path, root, undefined)))
  const safe =
    folder !== '.' &&
    folder.split('/').every((name) => name !== '' && (!/^[._]/.test(name) || (name.includes('=') && !name.startsWith('..'))))
  return safe ? folder : `p-${createHash('sha256').update(partition).digest('hex').slice(0, 16)}`
}

function staged(
  context: TableContext,
  shape: TableShape,
  rules: OptimizeRules,
  done: readonly Rewritten[],
  skipped: number,
): Staged<OptimizeResult> {
  const nowMs = context.now()
  const removed = done.flatMap(({ bin }) => bin.files)
  const added = done.flatMap(({ files }) => files)
  const bytes = (files: readonly AddFile[]) => files.reduce((sum, file) => sum + file.size, 0)
  const result = {
    filesRemoved: removed.length,
    filesAdded: added.length,
    bytesRemoved: bytes(removed),
    bytesAdded: bytes(added),
    partitions: new Set(done.map(({ bin }) => bin.partition)).size,
    skipped,
  }
  const sizes = added.map((file) => file.size).sort((a, b) => a - b)
  const quantile = (share: number) => String(sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] ?? 0)
  return {
    actions: [...removed.map((file) => ({ remove: { ...removeOf(file, nowMs), dataChange: false } })), ...added.map((add) => ({ add }))],
    // The rows come only from the removed files, and the removal of such a file by another writer is a conflict anyway.
    reads: { kind: 'nothing' },
    operation: 'OPTIMIZE',
    parameters: {
      predicate: JSON.stringify(rules.where.length === 0 ? [] : [predicateSql(rules.where, shape)]),
      zOrderBy: '[]',
      clusterBy: JSON.stringify(rules.clusterBy),
      auto: false,
    },
    metrics: {
      numRemovedFiles: String(removed.length),
      numAddedFiles: String(added.length),
      numRemovedBytes: String(result.bytesRemoved),
      numAddedBytes: String(result.bytesAdded),
      numDeletionVectorsRemoved: String(removed.filter((file) => file.deletionVector !== undefined).length),
      minFileSize: quantile(0),
      p25FileSize: quantile(0.25),
      p50FileSize: quantile(0.5),
      p75FileSize: quantile(0.75),
      maxFileSize: quantile(1),
    },
    own: [],
    outcome: (version) => ({ version, ...result }),
  }
}
