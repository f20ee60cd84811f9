import { unreachable } from '@sluice/core'

/** Why one step comes after another. */
export type Reason =
  /** It takes its output. */
  | { readonly by: 'needs'; readonly input: string }
  /** It reads what the other fills. */
  | { readonly by: 'data'; readonly dataset: string }
  /** It reads what the other checks. */
  | { readonly by: 'check'; readonly dataset: string }
  /** It fills what refers to the dataset that the other fills. */
  | { readonly by: 'reference'; readonly dataset: string }
  | { readonly by: 'after' }
  /** The pipeline says so. */
  | { readonly by: 'order' }

export interface Edge {
  readonly from: string
  readonly to: string
  readonly reason: Reason
}

/** The reason as a clause about the later step. */
export function inWords(reason: Reason): string {
  switch (reason.by) {
    case 'needs':
      return `takes its output as ${reason.input}`
    case 'data':
      return `reads ${reason.dataset}`
    case 'check':
      return `reads ${reason.dataset}, which it checks`
    case 'reference':
      return `fills what refers to ${reason.dataset}`
    case 'after':
      return 'after'
    case 'order':
      return 'order of the pipeline'
    default:
      return unreachable(reason)
  }
}
