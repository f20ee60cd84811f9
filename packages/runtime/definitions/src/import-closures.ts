import { createHash } from 'node:crypto'

/**
 * What modules are made of: their own text and that of all that they import, through others too. A module of the same closure is the same
 * module, whichever version it lies in, also after an edit that was taken back.
 */
export class ImportClosures {
  /** Paths relative to the project, with `/`. */
  readonly #contents: ReadonlyMap<string, string>
  readonly #imports: Map<string, Set<string>>

  /** @param imports of texts that were imported before; grows by what is learnt */
  constructor(contents: ReadonlyMap<string, string>, imports: Map<string, Set<string>>) {
    this.#contents = contents
    this.#imports = imports
  }

  /** The file was imported; what it imports is told by itself. */
  seen(path: string): void {
    const text = this.#text(path)
    if (!this.#imports.has(text)) this.#imports.set(text, new Set())
  }

  edge(from: string, to: string): void {
    this.seen(from)
    this.seen(to)
    this.#imports.get(this.#text(from))?.add(to)
  }

  /** `undefined` while a file of it has never been imported as it is now. */
  of(path: string): string | undefined {
    const reached = new Set<string>()
    const left = [path]
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      if (reached.has(at)) continue
      reached.add(at)
      const imports = this.#imports.get(this.#text(at))
      if (imports === undefined) return undefined
      left.push(...imports)
    }
    const texts = [...reached].sort().map((each) => this.#text(each))
    return createHash('sha256')
      .update(JSON.stringify([path, texts]))
      .digest('hex')
  }

  #text(path: string): string {
    return `${path} ${this.#contents.get(path) ?? 'none'}`
  }
}
