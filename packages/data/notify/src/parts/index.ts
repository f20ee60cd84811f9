export { type Block, button, type ColumnOf, code, facts, figure, heading, note, type Part, paragraph, table } from './block.ts'
export { arrow, change, type Inline, type Link, link, type Tone, type Toned, toned } from './inline.ts'
export { type MessageParts, message } from './message.ts'
