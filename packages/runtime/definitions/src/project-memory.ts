import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ImportClosures } from './import-closures.ts'
import type { Loaded, LoaderOptions } from './loader.ts'
import type { LoadRequest } from './loader-protocol.ts'
import { type Loaders, openLoaders } from './loaders.ts'
import type { ProjectFile } from './project-files.ts'

/** One reading of the files of a project. */
export interface Reading {
  readonly loaders: Loaders
  /** By path: where a module of the same text and the same imports lies that was imported before. */
  readonly unchanged: Readonly<Record<string, string>>
  /** What was answered for such a module. */
  known(what: LoadRequest['what'], file: string): Loaded<unknown> | undefined
  learn(what: LoadRequest['what'], file: string, answer: Loaded<unknown>): void
  /** Edges of the graph of imports. */
  imports(edges: readonly (readonly [from: string, to: string])[]): void
  end(): Promise<void>
}

/** Reads everything, and remembers nothing. */
export function freshReading(of: LoaderOptions): Reading {
  const loaders = openLoaders(of)
  return { loaders, unchanged: {}, known: () => undefined, learn: () => undefined, imports: () => undefined, end: loaders.close }
}

/** Imported code is never freed: after so many readings the process that has it gives way to a fresh one. */
const readingsOfProcess = 200

/** What definitions are not made of, wherever it is read. */
const apart = /^(?:migrations|queries)\/|\.md$/

interface Answer {
  /** The folder of the version that it was found in. */
  readonly base: string
  readonly text: string
}

/**
 * What was read of a project, for whoever reads it after each change: the process that has imported it stays, and imports anew what has
 * changed and what depends on it. Of 100 pipelines that is one, as a rule. A changed file that nothing imports may be read by code in
 * another way, and everything is imported anew. One reading at a time.
 */
export class ProjectMemory {
  readonly #loaders: Loaders
  #readings = 0
  #others = ''
  readonly #imports = new Map<string, Set<string>>()
  /** By closure. */
  readonly #places = new Map<string, string>()
  /** By what was asked and closure. */
  readonly #answers = new Map<string, Answer>()

  constructor(of: LoaderOptions) {
    this.#loaders = openLoaders(of)
  }

  async begin(versionDir: string, files: readonly ProjectFile[]): Promise<Reading> {
    const contents = new Map(files.map(({ path, content }) => [path, createHash('sha256').update(content).digest('hex')]))
    const others = this.#hashOfOthers(contents)
    if (others !== this.#others || ++this.#readings % readingsOfProcess === 0) {
      for (const each of [this.#imports, this.#places, this.#answers]) each.clear()
      await this.#loaders.close()
    }
    const closures = new ImportClosures(contents, this.#imports)
    const unchanged = new Map<string, string>()
    const known = new Map<string, string>()
    for (const path of contents.keys()) {
      const closure = closures.of(path)
      const place = closure === undefined ? undefined : this.#places.get(closure)
      if (closure !== undefined && place !== undefined) unchanged.set(path, place)
      if (closure !== undefined) known.set(path, closure)
    }
    const seen = new Set<string>()
    const answered: (readonly [what: string, file: string, text: string])[] = []
    return {
      loaders: this.#loaders,
      unchanged: Object.fromEntries(unchanged),
      known: (what, file) => {
        const answer = this.#answers.get(`${what} ${known.get(file)}`)
        return answer === undefined ? undefined : (JSON.parse(moved(answer.text, answer.base, versionDir)) as Loaded<unknown>)
      },
      learn: (what, file, answer) => {
        if (!answer.ok) return
        closures.seen(file)
        seen.add(file)
        answered.push([what, file, JSON.stringify(answer)])
      },
      imports: (edges) => {
        for (const [from, to] of edges) {
          closures.edge(from, to)
          seen.add(to)
        }
      },
      end: async () => {
        for (const path of seen) {
          const closure = closures.of(path)
          if (closure !== undefined && !this.#places.has(closure)) this.#places.set(closure, join(versionDir, path))
        }
        for (const [what, file, text] of answered) this.#answers.set(`${what} ${closures.of(file)}`, { base: versionDir, text })
        this.#others = this.#hashOfOthers(contents)
        await this.#loaders.closeOthers()
      },
    }
  }

  close(): Promise<void> {
    return this.#loaders.close()
  }

  /** Of what code may read without importing it. */
  #hashOfOthers(contents: ReadonlyMap<string, string>): string {
    const imported = new Set([...this.#imports.values()].flatMap((paths) => [...paths]))
    const others = [...contents].filter(([path]) => !path.endsWith('.ts') && !apart.test(path) && !imported.has(path))
    return JSON.stringify(others)
  }
}

/** Places name files of the version that they were found in. */
const moved = (text: string, from: string, to: string): string => text.replaceAll(inJson(from), () => inJson(to))

const inJson = (path: string): string => JSON.stringify(path).slice(1, -1)
