import type { Step } from '../steps/step.ts'
import { reaching } from './reaching.ts'
import type { Edge } from './reasons.ts'

/**
 * Rows that refer to another dataset need its rows first: who fills the dataset comes after those that fill what it refers to. Only where
 * nothing else says the contrary, since parents may also be made of their children, or have been there before.
 */
export function parentsFirst(fillersOf: ReadonlyMap<string, readonly Step[]>, edges: readonly Edge[]): readonly Edge[] {
  const added: Edge[] = []
  for (const [id, fillers] of fillersOf) {
    for (const child of fillers) {
      const parents = child.fills.find((each) => each.id === id)?.facts.references ?? []
      for (const { to } of parents) {
        for (const parent of to === id ? [] : (fillersOf.get(to) ?? [])) {
          if (parent === child || [parent, child].some(({ kind }) => kind === 'retain')) continue
          if (reaching([...edges, ...added])(child.name, parent.name)) continue
          added.push({ from: parent.name, to: child.name, reason: { by: 'reference', dataset: to } })
        }
      }
    }
  }
  return added
}
