import { DeltaError } from '../errors.ts'
import { count, filledText, list, optional, options, positive, stated } from '../options/form.ts'
import { transaction } from '../options/transaction.ts'
import type { AddFile } from '../protocol/actions.ts'
import { byteSize, type Properties } from '../protocol/property-values.ts'
import { predicates } from '../read/predicate-form.ts'
import { canSkip, checkPredicates, type Predicate, type TableShape } from '../read/prune.ts'
import { physicalName } from '../schema/mapping.ts'

export interface OptimizeOptions {
  /** The size that a file should have. `delta.targetFileSize` or 128 MiB by default. */
  readonly targetBytes?: number
  /**
   * Smaller files are packed together. Three quarters of the target by default, so that a nearly full file is not rewritten for each small
   * one.
   */
  readonly minBytes?: number
  /** Conditions on partition columns only. */
  readonly where?: readonly Predicate[]
  /** Sorts each partition by these columns, in this order. Reads skip best by the first one. This is not a space-filling curve. */
  readonly clusterBy?: readonly string[]
  readonly txn?: { readonly appId: string; readonly version: number }
}

export const optimizeOptions = options<OptimizeOptions>({
  targetBytes: optional(positive),
  minBytes: optional(count),
  where: stated(predicates),
  clusterBy: optional(list(filledText)),
  txn: stated(transaction),
})

export interface OptimizeRules {
  readonly targetBytes: number
  readonly minBytes: number
  readonly where: readonly Predicate[]
  readonly clusterBy: readonly string[]
}

/** Files of one partition that are rewritten together. */
export interface Bin {
  readonly partition: string
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly files: readonly AddFile[]
}

export interface OptimizePlan {
  readonly bins: readonly Bin[]
  /** The number of selected partitions that need no rewrite. */
  readonly skipped: number
}

/** The tag that OPTIMIZE sets on sorted files. A partition is not sorted again when all its files have the tag. */
export const clusterTag = 'sluice.clusteredBy'

/** Throws `schema.mismatch` for a column that cannot be used, and `property.invalid` for an unreadable target size. */
export function rulesOf(options: OptimizeOptions, properties: Properties, shape: TableShape): OptimizeRules {
  const targetBytes = options.targetBytes ?? byteSize(properties, 'delta.targetFileSize', 128 * 2 ** 20)
  const { where = [], clusterBy = [] } = options
  for (const { column } of where)
    if (!shape.partitionColumns.includes(column)) throw unusable(column, 'is not a partition column', shape.partitionColumns)
  checkPredicates(where, shape)
  const sortable = shape.schema.fields
    .filter((f) => typeof f.type === 'string' && !shape.partitionColumns.includes(f.name))
    .map((f) => f.name)
  for (const column of clusterBy) if (!sortable.includes(column)) throw unusable(column, 'cannot be clustered by', sortable)
  return { targetBytes, minBytes: options.minBytes ?? Math.floor(targetBytes * 0.75), where, clusterBy }
}

function unusable(column: string, why: string, choice: readonly string[]): DeltaError {
  return new DeltaError('schema.mismatch', `The column ${column} ${why}.`, `Name one of: ${choice.join(', ')}.`, { column })
}

/**
 * Selects the files to rewrite together: neighbours in the order of the log, within a partition, that fit into one file of the target size.
 * A file with a deletion vector is always rewritten, if necessary alone. With columns to cluster by, all files of a partition are rewritten
 * together.
 */
export function planOptimize(files: readonly AddFile[], shape: TableShape, rules: OptimizeRules): OptimizePlan {
  const names = shape.schema.fields.filter((f) => shape.partitionColumns.includes(f.name)).map((f) => physicalName(f, shape.mapping))
  const partitions = new Map<string, AddFile[]>()
  for (const file of files) {
    if (canSkip(file, rules.where, shape)) continue
    const key = JSON.stringify(names.map((name) => file.partitionValues[name] || null))
    const own = partitions.get(key)
    if (own === undefined) partitions.set(key, [file])
    else own.push(file)
  }
  let skipped = 0
  const bins: Bin[] = []
  for (const [partition, own] of partitions) {
    const groups = rules.clusterBy.length > 0 ? clusters(own, rules) : packs(own, rules)
    if (groups.length === 0) skipped++
    const values = own[0]?.partitionValues ?? {}
    const partitionValues = Object.fromEntries(names.map((name) => [name, values[name] || null]))
    bins.push(...groups.map((group) => ({ partition, partitionValues, files: group })))
  }
  return { bins, skipped }
}

function clusters(files: readonly AddFile[], { clusterBy }: OptimizeRules): (readonly AddFile[])[] {
  const wanted = JSON.stringify(clusterBy)
  const done = files.every((file) => file.tags?.[clusterTag] === wanted && file.deletionVector === undefined)
  return done ? [] : [files]
}

function packs(files: readonly AddFile[], { targetBytes, minBytes }: OptimizeRules): (readonly AddFile[])[] {
  const bins: AddFile[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const file of files) {
    if (file.size >= minBytes && file.deletionVector === undefined) continue
    const open = bins.at(-1)
    if (open !== undefined && bytes + file.size <= targetBytes) open.push(file)
    else {
      bins.push([file])
      bytes = 0
    }
    bytes += file.size
  }
  return bins.filter((bin) => bin.length > 1 || bin[0]?.deletionVector !== undefined)
}
