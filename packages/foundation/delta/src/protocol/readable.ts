import { corrupt, unsupported } from '../errors.ts'
import type { Metadata, Protocol } from '../log/actions.ts'
import type { StructType } from '../schema/schema.ts'
import { hasMetadata, isMapped } from './properties.ts'

/** Features whose tables this library reads rightly. Deletion vectors are judged file by file, column mapping by the table's mode. */
const readable = new Set(['columnMapping', 'deletionVectors', 'timestampNtz', 'vacuumProtocolCheck'])
/** Throws `protocol.unsupported` unless every row of the table can be read rightly. */
export function checkReadable(protocol: Protocol, metadata: Metadata, schema: StructType): void {
  if (protocol.minReaderVersion < 1 || protocol.minReaderVersion > 3) throw unsupported(`reader version ${protocol.minReaderVersion}`)
  if (protocol.minReaderVersion === 3) {
    if (protocol.readerFeatures === undefined) throw corrupt('The protocol has reader version 3 and no list of reader features.')
    for (const feature of protocol.readerFeatures) if (!readable.has(feature)) throw unsupported(feature)
  }
  if (protocol.minReaderVersion >= 2 && isMapped(metadata))
    throw unsupported('columnMapping', `mode ${metadata.configuration['delta.columnMapping.mode']}`)
  if (metadata.format.provider !== 'parquet') throw unsupported(`data format ${metadata.format.provider}`)
  if (hasMetadata(schema, 'delta.typeChanges')) throw unsupported('typeWidening')
}
