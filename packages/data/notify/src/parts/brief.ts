import type { Brief } from '../message.ts'
import type { Block } from './block.ts'
import { inlineText } from './block-text.ts'

/** How many facts fit at one glance. */
const shown = 3

/** The parts of a body at one glance: its first figures, or else its first facts, and its first button. What is given wins. */
export function briefOf(blocks: readonly Block[], given: Partial<Brief> = {}): Brief {
  const figures = blocks.flatMap((block) =>
    block.kind === 'figure'
      ? [[block.label, block.change === undefined ? block.value : `${block.value} (${inlineText(block.change)})`] as const]
      : [],
  )
  const facts = figures.length > 0 ? figures : blocks.flatMap((block) => (block.kind === 'facts' ? block.facts : []))
  const button = blocks.find((block) => block.kind === 'button')
  return {
    kind: 'news',
    facts: facts.slice(0, shown),
    ...(button === undefined ? {} : { link: { label: button.label, url: button.url } }),
    ...given,
  }
}
