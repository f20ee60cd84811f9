import type { StructType } from '../schema/schema.ts'
import type { Metadata, Protocol } from './actions.ts'
import { type Feature, features, supports } from './features.ts'

/** The protocol of a table that uses no feature. Every reader and writer accepts it. */
export const plainProtocol: Protocol = { minReaderVersion: 1, minWriterVersion: 2 }

/**
 * The protocol that a table needs for its properties and columns. Starts from the present one and adds only missing features. Prefers
 * versions that imply the missing features to feature lists, because older engines know them. A reader list is written only for a feature
 * without a legacy version. A list also names the features that the former versions implied (PROTOCOL.md, Table Features for New and
 * Existing Tables).
 */
export function protocolFor(protocol: Protocol, configuration: Metadata['configuration'], schema: StructType): Protocol {
  return withFeatures(
    protocol,
    features.filter((feature) => feature.active(configuration, schema)),
  )
}

function withFeatures(protocol: Protocol, needed: readonly Feature[]): Protocol {
  const missing = needed.filter((feature) => !supports(protocol, feature))
  if (missing.length === 0) return protocol
  if (protocol.minWriterVersion < 7 && missing.every((feature) => feature.legacy !== undefined)) {
    return {
      minReaderVersion: Math.max(protocol.minReaderVersion, ...missing.map((feature) => feature.legacy?.reader ?? 1)),
      minWriterVersion: Math.max(protocol.minWriterVersion, ...missing.map((feature) => feature.legacy?.writer ?? 2)),
    }
  }
  const implied = features.filter((feature) => protocol.minWriterVersion < 7 && supports(protocol, feature)).map(({ name }) => name)
  const writerFeatures = [...new Set([...implied, ...(protocol.writerFeatures ?? []), ...missing.map(({ name }) => name)])]
  const forReaders = features.filter(({ name, concerns }) => concerns === 'readersAndWriters' && writerFeatures.includes(name))
  const readerFeatures = [...new Set([...(protocol.readerFeatures ?? []), ...forReaders.map(({ name }) => name)])]
  if (protocol.minReaderVersion < 3 && forReaders.every((feature) => feature.legacy !== undefined)) {
    return {
      minReaderVersion: Math.max(protocol.minReaderVersion, ...forReaders.map((feature) => feature.legacy?.reader ?? 1)),
      minWriterVersion: 7,
      writerFeatures,
    }
  }
  return { minReaderVersion: 3, minWriterVersion: 7, readerFeatures, writerFeatures }
}
