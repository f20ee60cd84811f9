import { type Loader, openLoader } from './loader.ts'

/** Loader processes at most: each imports the packages of the project anew, a second of processor time. */
const mostLoaders = 8

/** A file that takes this part of its time is not waited for: the next ones go to a further process. */
const patience = 20

/**
 * What `load` answers for each file, in their order. One process loads them one after another; while a file takes long, further processes
 * take those behind it, so that files that hang are tried side by side.
 */
export async function sideBySide<File, Answer>(
  files: readonly File[],
  timeoutMs: number,
  load: (loader: Loader, file: File) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  const lanes: Promise<void>[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    const loader = openLoader({ timeoutMs })
    try {
      for (let at = next++; at < files.length; at = next++) {
        const late = setTimeout(further, timeoutMs / patience)
        try {
          answers[at] = await load(loader, files[at] as File)
        } finally {
          clearTimeout(late)
        }
      }
    } finally {
      await loader.close()
    }
  }
  const further = (): void => {
    if (lanes.length < mostLoaders && next < files.length) lanes.push(lane())
  }
  further()
  for (let at = 0; at < lanes.length; at++) await lanes[at]
  return answers
}
