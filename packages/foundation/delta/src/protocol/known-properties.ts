import { DeltaError } from '../errors.ts'
import { legal as form, parseCount, parseFlag, parseInterval, parseSize } from './property-values.ts'

type Check = (value: string) => boolean

const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    allowed.includes(value.toLowerCase())

interface Known {
  readonly check: Check
  /** Describes the legal values, for the error. */
  readonly legal: string
}

const boolean: Known = { check: (value) => parseFlag(value) !== undefined, legal: form.flag }
const interval: Known = { check: (value) => parseInterval(value) !== undefined, legal: form.interval }
const count: Known = { check: (value) => parseCount(value) !== undefined, legal: form.count }
const size: Known = { check: (value) => parseSize(value) !== undefined, legal: form.size }
/** Delta knows further values of this property. This library accepts only one. */
const only = (value: string): Known => ({ check: oneOf(value), legal: `${value}, the only value that this library supports` })

/**
 * The `delta.` properties that a caller may set. A property that switches on a missing feature passes here and is refused later by the name
 * of the feature.
 */
const known: Readonly<Record<string, Known>> = {
  'delta.appendOnly': boolean,
  'delta.autoOptimize.autoCompact': { check: oneOf('true', 'false', 'auto', 'legacy'), legal: 'true, false or auto' },
  'delta.autoOptimize.optimizeWrite': boolean,
  'delta.checkpoint.writeStatsAsJson': boolean,
  'delta.checkpoint.writeStatsAsStruct': boolean,
  'delta.checkpointInterval': count,
  'delta.checkpointPolicy': only('classic'),
  'delta.columnMapping.mode': { check: oneOf('none', 'name', 'id'), legal: 'none, name or id' },
  'delta.compatibility.symlinkFormatManifest.enabled': only('false'),
  'delta.dataSkippingNumIndexedCols': { check: (value) => value === '-1' || /^\d{1,6}$/.test(value), legal: '-1 or a number of columns' },
  'delta.dataSkippingStatsColumns': { check: (value) => value.trim() !== '', legal: 'column names separated by commas' },
  'delta.deletedFileRetentionDuration': interval,
  'delta.enableChangeDataFeed': boolean,
  'delta.enableDeletionVectors': boolean,
  'delta.enableExpiredLogCleanup': boolean,
  'delta.enableIcebergCompatV1': boolean,
  'delta.enableIcebergCompatV2': boolean,
  'delta.enableIcebergCompatV3': boolean,
  'delta.enableInCommitTimestamps': boolean,
  'delta.enableRowTracking': boolean,
  'delta.enableTypeWidening': boolean,
  'delta.isolationLevel': { check: oneOf('serializable', 'writeserializable'), legal: 'Serializable or WriteSerializable' },
  'delta.logRetentionDuration': interval,
  'delta.parquet.compression.codec': {
    check: oneOf('uncompressed', 'none', 'snappy', 'gzip', 'lz4', 'lz4_raw', 'zstd', 'brotli'),
    legal: 'uncompressed, snappy, gzip, lz4_raw, brotli or zstd',
  },
  'delta.parquet.format.version': only('1.0.0'),
  'delta.randomizeFilePrefixes': only('false'),
  'delta.setTransactionRetentionDuration': interval,
  'delta.targetFileSize': size,
  'delta.tuneFileSizesForRewrites': boolean,
}

/** Only the library sets these. */
const internal: Readonly<Record<string, string>> = {
  'delta.columnMapping.maxColumnId': 'Leave it out: the library counts it.',
  'delta.inCommitTimestampEnablementTimestamp': 'Set delta.enableInCommitTimestamps.',
  'delta.inCommitTimestampEnablementVersion': 'Set delta.enableInCommitTimestamps.',
  'delta.minReaderVersion': 'Leave it out: the protocol follows from the features in use.',
  'delta.minWriterVersion': 'Leave it out: the protocol follows from the features in use.',
}

/**
 * Throws `property.invalid` for a `delta.` property that is unknown, that only the library sets, or whose value is not legal. Any other
 * name is allowed.
 */
export function checkProperties(properties: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(properties)) checkProperty(name, value)
}

function checkProperty(name: string, value: string): void {
  checkPropertyName(name)
  const rule = known[name]
  if (rule !== undefined && !rule.check(value)) {
    throw new DeltaError('property.invalid', `The property ${name} cannot be ${JSON.stringify(value)}.`, `Set it to ${rule.legal}.`, {
      property: name,
      value,
    })
  }
}

/** Throws `property.invalid` for a name that a caller can neither set nor unset. */
export function checkPropertyName(name: string): void {
  if (!name.toLowerCase().startsWith('delta.')) return
  if (name.startsWith('delta.constraints.')) throw refused(name, 'is a constraint.', 'Use addConstraint and dropConstraint.')
  const reason = internal[name]
  if (reason !== undefined) throw refused(name, 'is set by the library only.', reason)
  if (known[name] === undefined) throw refused(name, 'is unknown.', `Known properties are ${Object.keys(known).join(', ')}.`)
}

function refused(name: string, what: string, next: string): DeltaError {
  return new DeltaError('property.invalid', `The property ${name} ${what}`, next, { property: name })
}
