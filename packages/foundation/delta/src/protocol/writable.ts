import { corrupt, unsupported } from '../errors.ts'
import type { StructType } from '../schema/schema.ts'
import type { Metadata, Protocol } from './actions.ts'
import { featureNamed, features, supports } from './features.ts'
import { isTrue } from './properties.ts'
import { checkReadable } from './readable.ts'

/** Without support in the protocol these properties bind no writer, and it does no harm to obey them. */
const harmless = new Set(['appendOnly', 'invariants'])

/**
 * Throws `protocol.unsupported` when our commits could break a promise of the table to its other users, and `log.corrupt` for feature lists
 * that contradict each other.
 */
export function checkWritable(protocol: Protocol, metadata: Metadata, schema: StructType): void {
  checkLists(protocol)
  checkReadable(protocol, metadata, schema)
  for (const name of protocol.writerFeatures ?? []) {
    const known = featureNamed(name)
    if (known === undefined || known.writing === 'refused') throw unsupported(name, 'for writing')
  }
  if (protocol.minWriterVersion < 1 || protocol.minWriterVersion > 7) throw unsupported(`writer version ${protocol.minWriterVersion}`)
  for (const feature of features) {
    if (!feature.active(metadata.configuration, schema)) continue
    if (feature.writing !== 'implemented') throw unsupported(feature.name, 'for writing')
    if (!supports(protocol, feature) && !harmless.has(feature.name))
      throw unsupported(feature.name, 'a property or column makes it active, but the protocol does not support it')
  }
  checkFeedColumns(metadata, schema)
}

const feedColumns = /^_(change_type|commit_version|commit_timestamp)$/i

/** The change data feed adds its own columns (PROTOCOL.md, Add CDC File), so the table cannot have columns of these names. */
function checkFeedColumns({ configuration }: Metadata, schema: StructType): void {
  const taken = isTrue(configuration['delta.enableChangeDataFeed']) ? schema.fields.find(({ name }) => feedColumns.test(name)) : undefined
  if (taken !== undefined) throw unsupported('changeDataFeed', `the table has a column ${taken.name}, which the feed adds itself`)
}

/**
 * PROTOCOL.md, Table Features: feature lists exist only at reader version 3 and writer version 7, and every reader feature is a writer
 * feature.
 */
function checkLists({ minReaderVersion, minWriterVersion, readerFeatures, writerFeatures }: Protocol): void {
  if (minWriterVersion === 7 && writerFeatures === undefined)
    throw corrupt('The protocol has writer version 7 but no list of writer features.')
  if (minReaderVersion === 3 && minWriterVersion < 7)
    throw corrupt(`The protocol has reader version 3 but writer version ${minWriterVersion}.`)
  const stray = readerFeatures?.find((name) => writerFeatures?.includes(name) !== true)
  if (stray !== undefined) throw corrupt(`The protocol lists ${stray} for readers but not for writers.`, { feature: stray })
}
