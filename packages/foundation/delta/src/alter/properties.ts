import { DeltaError, unsupported } from '../errors.ts'
import type { Metadata } from '../protocol/actions.ts'
import { checkProperties, checkPropertyName } from '../protocol/known-properties.ts'
import { count } from '../protocol/property-values.ts'
import { mapColumns, mappingKeys, mappingMode } from '../schema/mapping.ts'
import { parseSchema } from '../schema/schema.ts'

/** The metadata of a new table, with the column metadata that its properties ask for. */
export function newMetadata(metadata: Metadata): Metadata {
  checkProperties(metadata.configuration)
  const mode = mappingMode(metadata.configuration)
  if (mode === 'none') return metadata
  return mapped({ ...metadata, configuration: { ...metadata.configuration, [mappingKeys.mode]: mode } }, 'new')
}

/** Sets properties. Also switches column mapping on: columns of existing files keep their names there. */
export function withProperties(metadata: Metadata, properties: Readonly<Record<string, string>>): Metadata {
  checkProperties(properties)
  const before = mappingMode(metadata.configuration)
  const changed = { ...metadata, configuration: { ...metadata.configuration, ...properties } }
  const after = mappingMode(changed.configuration)
  if (before === after) return changed
  if (before !== 'none' || after !== 'name')
    throw unsupported('columnMapping', `the mode of a table cannot change from ${before} to ${after}; only from none to name`)
  return mapped({ ...changed, configuration: { ...changed.configuration, [mappingKeys.mode]: after } }, 'existing')
}

/** Removes properties. A property that is not set is ignored. */
export function withoutProperties(metadata: Metadata, names: readonly string[]): Metadata {
  for (const name of names) {
    checkPropertyName(name)
    if (name === mappingKeys.mode && mappingMode(metadata.configuration) !== 'none')
      throw unsupported('columnMapping', 'it cannot be removed from a table')
  }
  return {
    ...metadata,
    configuration: Object.fromEntries(Object.entries(metadata.configuration).filter(([name]) => !names.includes(name))),
  }
}

function mapped(metadata: Metadata, columns: 'new' | 'existing'): Metadata {
  const { schema, maxColumnId } = mapColumns(
    parseSchema(metadata.schemaString),
    count(metadata.configuration, mappingKeys.maxId, 0),
    columns,
  )
  return {
    ...metadata,
    schemaString: JSON.stringify(schema),
    configuration: { ...metadata.configuration, [mappingKeys.maxId]: String(maxColumnId) },
  }
}

const constraintKey = (name: string) => `delta.constraints.${name.toLowerCase()}`

/** Names of constraints are compared without regard to case and stored in lower case, as Spark does. */
export function withConstraint(metadata: Metadata, name: string, sql: string): Metadata {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new DeltaError(
      'constraint.invalid',
      `${JSON.stringify(name)} is not a valid name for a constraint.`,
      'Use letters, digits and underscores.',
      { constraint: name },
    )
  if (nameOf(metadata, name) !== undefined)
    throw new DeltaError('constraint.invalid', `The constraint ${name} already exists.`, 'Drop it first, or choose another name.', {
      constraint: name,
    })
  return { ...metadata, configuration: { ...metadata.configuration, [constraintKey(name)]: sql } }
}

export function withoutConstraint(metadata: Metadata, name: string): Metadata {
  const key = nameOf(metadata, name)
  if (key === undefined)
    throw new DeltaError(
      'constraint.invalid',
      `The constraint ${name} does not exist.`,
      'The properties of the snapshot list the constraints.',
      {
        constraint: name,
      },
    )
  const { [key]: _, ...configuration } = metadata.configuration
  return { ...metadata, configuration }
}

function nameOf({ configuration }: Metadata, name: string): string | undefined {
  return Object.keys(configuration).find((key) => key.toLowerCase() === constraintKey(name))
}
