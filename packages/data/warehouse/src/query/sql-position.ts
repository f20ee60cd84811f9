import { codeFrame, positionAt } from '@sluice/core'

export interface SqlPosition {
  readonly line: number
  readonly column: number
  /** The lines around it, with a caret. */
  readonly frame: string
}

/** Where the character at `position` (from 1, as PostgreSQL counts) is, or undefined outside the text. */
export function sqlPosition(text: string, position: number): SqlPosition | undefined {
  const characters = Array.from(text)
  if (position < 1 || position > characters.length + 1) return undefined
  const { line, column } = positionAt(text, characters.slice(0, position - 1).join('').length)
  return { line, column, frame: codeFrame(text, line, column) ?? '' }
}
