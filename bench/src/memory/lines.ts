/** Of one line, CSV and JSON alike in length. */
export const lineBytes = 1_024

/** So many lines of `lineBytes`, in pieces of 256 of them. */
export async function* linesOf(count: number, line: (at: number) => string): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at += 256) {
    const lines: string[] = []
    for (let n = at; n < Math.min(count, at + 256); n++) lines.push(line(n))
    yield Buffer.from(lines.join(''))
  }
}

const filled = (start: string, end: string): string => start + 'x'.repeat(lineBytes - start.length - end.length) + end

export const csvLine = (at: number): string => filled(`${at},`, '\n')
export const jsonLine = (at: number): string => filled(`{"id":${at},"note":"`, '"}\n')
