/**
 * Calls for each character that a person types, or that a program writes to standard input. Gives back what ends it. In a terminal keys
 * come at once, without a new line, and Ctrl+C has to be sent on.
 */
export function listenForKeys(pressed: (key: string) => void): () => void {
  const { stdin } = process
  const raw = stdin.isTTY === true
  const read = (text: string): void => {
    for (const key of text) {
      if (key === '\u0003') process.kill(process.pid, 'SIGINT')
      else pressed(key)
    }
  }
  if (raw) stdin.setRawMode(true)
  stdin.setEncoding('utf8').on('data', read)
  return () => {
    stdin.off('data', read)
    if (raw) stdin.setRawMode(false)
    // Else it would keep the process.
    stdin.pause().unref?.()
  }
}
