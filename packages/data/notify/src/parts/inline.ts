/** What a piece of text says besides its words. Colour never says it alone: a change has its sign, a severity its name. */
export type Tone = 'strong' | 'quiet' | 'rise' | 'fall' | 'warning' | 'critical'

/** Words in the colour of a tone. */
export interface Toned {
  readonly kind: 'toned'
  readonly text: string
  readonly tone: Tone
}

/** Words that lead to an address. */
export interface Link {
  readonly kind: 'link'
  readonly text: string
  readonly url: string
}

/** A piece of a line. Text is text: markup in it is shown, never followed. */
export type Inline = string | number | Toned | Link

/** Words with a tone: good, bad, or a warning, as colours of their own in light and dark. */
export const toned = (text: string, tone: Tone): Toned => Object.freeze({ kind: 'toned', text, tone })

/** The text of a change, coloured by its direction. The text has its sign: `change('-4.55 %', -4.55)`. */
export const change = (text: string, by: number): Inline => (by > 0 ? toned(text, 'rise') : by < 0 ? toned(text, 'fall') : text)

/** Only `http:`, `https:` and `mailto:` become links; another address is shown as text. */
export const link = (text: string, url: string): Link => Object.freeze({ kind: 'link', text, url })

/**
 * A change with the arrow of its direction: `▲ 2,10 %`. The arrow says what the colour does. What is written like no change has none, and
 * what is not known is written as such.
 */
export function arrow(by: number | string | null, written: (by: number | null) => string): Inline {
  const size = by === null ? Number.NaN : Math.abs(Number(by))
  if (Number.isNaN(size)) return written(null)
  if (written(size) === written(0)) return written(0)
  return change(`${Number(by) > 0 ? '▲' : '▼'}\u00a0${written(size)}`, Number(by))
}
