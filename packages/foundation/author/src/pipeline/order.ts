import { frozen } from '../base/frozen.ts'
import { refuseOtherList } from '../base/shape.ts'
import type { Step } from '../steps/step.ts'

/** Stages that come one after the other; a stage is a step, or several at once. */
export type Chain = readonly (Step | readonly Step[])[]

/** Several chains that have nothing to do with each other. */
export interface Chains {
  readonly kind: 'chains'
  readonly chains: readonly Chain[]
}

/** Several chains where one will not do: `order: chains([land, tidy], [report, mail])`. */
export const chains = (...each: readonly Chain[]): Chains => {
  refuseOtherList('chains()', 'the chains', each, { is: Array.isArray, called: 'a list of steps' })
  return frozen({ kind: 'chains', chains: each })
}

/** Stages as lists, chain by chain. */
export function stagesOf(order: Chain | Chains | undefined): readonly (readonly (readonly Step[])[])[] {
  if (order === undefined) return []
  const all = 'kind' in order ? order.chains : [order]
  return all.map((chain) => chain.map((stage) => ('kind' in stage ? [stage] : stage)))
}
