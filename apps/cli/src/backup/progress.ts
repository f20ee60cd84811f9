import { bytes, type Output, printable } from '@sluice/serve/terminal'

/** Tells where long work is, on stderr: a line that is rewritten where a person watches, else nothing but what took long. */
export interface Progress {
  tell(what: string, bytes: number): void
  end(): void
}

const everyMs = 200

export function progress(output: Output): Progress {
  let [done, told] = [0, 0]
  const now = (): number => performance.now()
  return {
    tell(what, more) {
      done += more
      if (!output.interactive || now() - told < everyMs) return
      told = now()
      process.stderr.write(`\r\u001b[K  ${bytes(done)}  ${printable(what).slice(0, 80)}`)
    },
    end() {
      if (output.interactive) process.stderr.write('\r\u001b[K')
    },
  }
}
