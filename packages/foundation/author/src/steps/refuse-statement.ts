import { refused } from '../base/faults.ts'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import type { SqlPart } from '../sql/parts.ts'

/** What the types say of the datasets that a statement names. @throws `definition.invalid` */
export function refuseOddStatement(step: string, parts: readonly SqlPart[], declared: readonly AnyDataset[], where: string): void {
  const [first] = declared
  const other = declared.find(({ on }) => on !== first?.on)
  if (first !== undefined && other !== undefined) {
    throw refused(
      `step ${step}`,
      `a statement runs in one store, and ${first.id} and ${other.id} lie in two`,
      'Bring the rows over with load({ from, into }).',
    )
  }
  for (const part of parts) {
    if (part.kind !== 'dataset') continue
    const dataset = declared.find(({ id }) => id === part.id)
    if (dataset === undefined) throw refused(`step ${step}`, `it does not say that it reads ${part.id}`, `Add it to ${where}.`)
    if (part.rows === 'latest' && dataset.facts.order === undefined) {
      throw refused(`step ${step}`, `latest asks for the newest rows, and ${part.id} declares no order`, 'Declare order of the dataset.')
    }
    const { files, as } = dataset.facts
    if (part.rows === 'batch' && as !== undefined)
      throw refused(
        `step ${step}`,
        `${part.id} is a ${as}, which is not made of batches`,
        'Read all of it, or the batch of what it is made of.',
      )
    if (files?.includes('/') === true)
      throw refused(`step ${step}`, `${part.id} holds files as they are, which SQL cannot read`, 'Take it out.')
  }
}
