import type { Block } from './block.ts'

export type Figure = Extract<Block, { kind: 'figure' }>
type Other = Exclude<Block, { kind: 'figure' }>

/** What stands in one row of a message: a part, or the figures that follow each other. */
export type Section = Other | { readonly kind: 'figures'; readonly figures: readonly Figure[] }

export function sectionsOf(blocks: readonly Block[]): readonly Section[] {
  const sections: Section[] = []
  for (const block of blocks) {
    const last = sections.at(-1)
    if (block.kind !== 'figure') sections.push(block)
    else if (last?.kind === 'figures') sections.splice(-1, 1, { kind: 'figures', figures: [...last.figures, block] })
    else sections.push({ kind: 'figures', figures: [block] })
  }
  return sections
}
