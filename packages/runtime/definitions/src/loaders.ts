import { type Loader, type LoaderOptions, openLoader, type Slow } from './loader.ts'

/** Loader processes at most: each imports the packages of the project anew, a second of processor time. */
const mostLoaders = 8

/** A file that takes this part of its budget is not waited for: the next ones go to a further process. */
const patience = 20

export interface Loaders {
  /**
   * What `load` answers for each file, in their order. One process loads them one after another; while a file takes long, further processes
   * take those behind it, so that files that hang are tried side by side.
   */
  each<File, Answer>(files: readonly File[], load: (loader: Loader, file: File, slow: Slow) => Promise<Answer>): Promise<readonly Answer[]>
  /** The first process, which has most of the files that answered. */
  readonly first: Loader
  /** All but the first. */
  closeOthers(): Promise<void>
  /** A later `each` begins with a fresh process. */
  close(): Promise<void>
}

export function openLoaders(of: LoaderOptions): Loaders {
  const { budgetMs } = of
  const first = openLoader(of)
  const loaders = [first]
  return {
    first,
    each: async (files, load) => {
      const answers: Awaited<ReturnType<typeof load>>[] = []
      const lanes: Promise<void>[] = []
      let next = 0
      const lane = async (loader: Loader): Promise<void> => {
        for (let at = next++; at < files.length; at = next++) {
          answers[at] = await load(loader, files[at] as (typeof files)[number], { afterMs: budgetMs / patience, tell: further })
        }
      }
      const further = (): void => {
        if (lanes.length >= mostLoaders || next >= files.length) return
        const loader = loaders[lanes.length] ?? openLoader(of)
        loaders[lanes.length] = loader
        lanes.push(lane(loader))
      }
      further()
      for (let at = 0; at < lanes.length; at++) await lanes[at]
      return answers
    },
    closeOthers: async () => {
      await Promise.all(loaders.slice(1).map((loader) => loader.close()))
    },
    close: async () => {
      await Promise.all(loaders.map((loader) => loader.close()))
    },
  }
}
