/** What npm says while it installs, at the level at which it names each answer of the registry. */
export interface Fetched {
  /** How many answers so far. */
  readonly answers: number
  /** Lines that are about something else. */
  readonly others: string
}

/** Counts the answers among the pieces of npm's words, cut anywhere. */
export function fetchedIn(): (piece: string) => Fetched {
  let [answers, rest] = [0, '']
  return (piece) => {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    const others = lines.filter((line) => !isAnswer(line))
    answers += lines.length - others.length
    return { answers, others: others.map((line) => `${line}\n`).join('') }
  }
}

const isAnswer = (line: string): boolean => /^npm http /.test(line)

export const progressLine = (answers: number, seconds: number): string => `npm install: ${answers} answers of the registry, ${seconds} s`
