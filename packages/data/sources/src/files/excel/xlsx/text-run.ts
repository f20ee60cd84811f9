import { fileErrors } from '../../../errors.ts'

/** Characters of a cell. Excel itself writes 32,767. */
export const longestText = 16_777_216

export const tooLong = (): Error =>
  fileErrors.limit('one of its cells has more than 16 million characters', {
    facts: { limit: longestText },
    next: 'Look at the file: it may be made to do harm.',
  })

/** A text that may be made of several, each in a form of its own. How it is read aloud is left out. */
export class TextRun {
  #text = ''
  #isText = false as boolean
  #isAloud = false as boolean

  begin(): void {
    this.#text = ''
  }
  open(name: string): void {
    if (name === 't') this.#isText = true
    else if (name === 'rPh') this.#isAloud = true
  }
  close(name: string): void {
    if (name === 't') this.#isText = false
    else if (name === 'rPh') this.#isAloud = false
  }
  take(bytes: Buffer, from: number, to: number): void {
    if (!this.#isText || this.#isAloud) return
    this.#text += bytes.toString('utf8', from, to)
    if (this.#text.length > longestText) throw tooLong()
  }
  get text(): string {
    return unescaped(this.#text)
  }
}

/** `_x000D_` stands for a character that XML does not take (ECMA-376 part 1, 22.9.2.19). */
export const unescaped = (text: string): string =>
  text.includes('_x') ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : text
