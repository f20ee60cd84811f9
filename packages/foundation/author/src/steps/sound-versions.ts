import { refused } from '../base/faults.ts'
import { aDataset, refuseOther } from '../base/shape.ts'
import type { Columns } from '../columns/column.ts'
import type { AnyDataset, Dataset, DatasetTrait } from '../dataset/any-dataset.ts'
import { entityOf } from '../dataset/versions.ts'
import { fragment, rawSql } from '../sql/parts.ts'
import { quotedName } from '../sql/quoted-name.ts'
import { sql } from '../statement/sql.ts'
import { type Check, check } from './check.ts'

/** The dataset, or that it declares no versions. */
type VersionsFault<Id extends string, C extends Columns, K extends readonly string[], H extends DatasetTrait> = string extends Id
  ? Dataset<Id, C, K, H>
  : 'versions' extends H
    ? Dataset<Id, C, K, H>
    : `${Id} declares no versions, which this check looks at`

/**
 * Checks that versions follow each other: none overlaps another, one at most holds, and none is missing between two where nothing says that
 * something is gone. @throws `definition.invalid` for a dataset that declares no versions
 */
export function soundVersions<
  const Id extends string,
  const C extends Columns,
  const K extends readonly string[],
  const H extends DatasetTrait,
>(of: VersionsFault<Id, C, K, H>): Check {
  refuseOther('soundVersions', 'its dataset', of, aDataset)
  const on = of as unknown as AnyDataset
  const { versions } = on.facts
  if (versions === undefined) throw refused('soundVersions', `${on.id} declares no versions`, 'Declare versions: { from, to }.')
  const [from, to] = [quotedName(versions.from), quotedName(versions.to)]
  const entity = entityOf(on).map(quotedName).join(', ')
  const broken = [
    `${to} <= ${from}`,
    `sluice_next < coalesce(${to}, sluice_next + interval '1 second')`,
    ...(versions.current === undefined ? [] : [`${quotedName(versions.current)} is distinct from (${to} is null)`]),
    ...(versions.deleted === undefined && versions.missing === undefined ? [`${to} is distinct from sluice_next`] : []),
  ]
  const rule = sql`select count(*) = 0 as ok, count(*) as broken from (
    select *, ${rawSql(`lead(${from}) over (partition by ${entity} order by ${from})`)} as sluice_next from ${fragment({ kind: 'dataset', id: on.id, rows: 'all' })}
  ) as versions where ${rawSql(broken.map((each) => `(${each})`).join(' or '))}`
  return check({
    name: `versions_of_${on.name.split('.')[1] ?? on.name}`,
    on,
    rule,
    message: `{broken} versions of ${on.id} overlap another one, or leave a gap before the next`,
    next: 'Fill the table by refresh or mode scd2 alone, and clear the run that wrote last: it makes the versions again.',
  })
}
