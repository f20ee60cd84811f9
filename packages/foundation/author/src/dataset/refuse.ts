import { durationMs, foldersOfLake, lakeLayers } from '@sluice/core'
import { refused } from '../base/faults.ts'
import type { AnyDataset } from './any-dataset.ts'
import { refuseOddBounds, refuseOddNames, refuseOddTogether } from './refuse-together.ts'

type Declared = Omit<AnyDataset, 'batch' | 'latest'>

/** What types do not see of a dataset, or see only where they are inferred. @throws `definition.invalid` */
export function refuseBadDataset(dataset: Declared, hasColumns: boolean): void {
  const { id, on, name, columns, facts } = dataset
  const refuse = (what: string, next: string) => refused(`dataset ${id}`, what, next)
  if (!/^[A-Za-z0-9_]+\.[A-Za-z0-9_]+$/.test(name)) {
    throw refuse(`"${name}" is not a dataset name`, 'Write layer.name with letters, digits and underscores, for example silver.assets.')
  }
  const layer = name.split('.')[0] ?? ''
  if (on === 'lake' && !lakeLayers.some((known) => known === layer)) {
    throw refuse(`the lake has no layer "${layer}"`, 'Name it bronze., silver. or gold.')
  }
  if (on === 'lake' && foldersOfLake.has(name.slice(layer.length + 1))) {
    throw refuse(`the lake keeps the folder ${name.slice(layer.length + 1)} for itself`, 'Give it another name.')
  }
  if (on === 'warehouse' && ofPostgres.test(layer)) {
    throw refuse(`${layer} is a schema of PostgreSQL itself`, 'Name a schema of your own, for example public.')
  }
  const kinds = [hasColumns, facts.bodies !== undefined, facts.files !== undefined].filter((is) => is)
  if (kinds.length !== 1) throw refuse('it must have one of columns, bodies and files', 'Declare its columns.')
  if (hasColumns && on === 'lake' && layer === 'bronze') {
    throw refuse('bronze holds answers as they came, not columns', 'Declare bodies, or name it silver. for typed rows.')
  }
  if (hasColumns && on === 'lake' && layer === 'gold') {
    throw refuse('gold holds files, not columns', "Declare files: 'parquet', or name it silver. for typed rows.")
  }
  if (hasColumns && Object.keys(columns).length === 0) throw refuse('it has no columns', 'Declare its columns.')
  for (const column of namesUsed(dataset)) {
    if (!Object.hasOwn(columns, column)) throw refuse(`there is no column "${column}"`, 'Declare it under columns, or correct the name.')
  }
  if (facts.keep !== undefined) durationMs(facts.keep)
  if (facts.superseded !== undefined) durationMs(facts.superseded)
  refuseOddTogether(dataset, refuse)
  if (hasColumns) refuseOddNames(dataset, refuse)
  for (const check of facts.checks) if (check.kind === 'within') refuseOddBounds(check, columns[check.column], refuse)
  if (facts.fresh !== undefined) durationMs(facts.fresh)
  for (const [column, { filled, at }] of Object.entries(columns)) {
    if (on === 'lake' && filled) {
      throw refuse(
        `column "${column}" is filled by the database, and the lake is files`,
        'Take default and generated away; the model that fills it gives the value.',
      )
    }
    if (at !== undefined && facts.bodies === undefined) {
      throw refuse(`column "${column}" says where it lies in a body, and there are no bodies`, 'Take at away.')
    }
  }
}

/** Its catalogue, and every name that it keeps for itself. */
const ofPostgres = /^(?:pg_.*|information_schema)$/i

const namesUsed = ({ key, facts }: Declared): readonly string[] => [
  ...key,
  ...(facts.order === undefined ? [] : [facts.order]),
  ...(facts.partition === undefined ? [] : [facts.partition]),
  ...(facts.ranges === undefined ? [] : [facts.ranges.column]),
  ...facts.checks.flatMap((check) => ('columns' in check ? check.columns : [check.column])),
  ...facts.references.flatMap(({ columns }) => columns),
  ...facts.indexes.flatMap(({ columns, special }) => [...columns, ...(special?.include ?? [])]),
]
