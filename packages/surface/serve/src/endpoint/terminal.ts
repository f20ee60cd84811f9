import type { RunDetail } from '@sluice/engine'
import type { Calls } from './contract.ts'

/** Results go to stdout, as text for people or as one JSON document; everything else goes to stderr. */
export interface Output {
  readonly json: boolean
  /** Whether a person watches: progress may redraw, questions may be asked. */
  readonly interactive: boolean
  /** The result: `value` under `--json`, the text otherwise. */
  result(value: unknown, text: () => string): void
  /** What a person wants to know beside the result. */
  note(text: string): void
  /** Raw bytes of a result that is a file. */
  bytes(chunk: Uint8Array): void
}

/** What a command of an operation works with; the command line implements it. */
export interface Terminal extends Calls {
  readonly output: Output
  /** Calls that this process carries out itself, as the local owner, although a server runs on this state. `--url` comes before it. */
  readonly ownProcess: Calls
  /** Of `--project`. */
  readonly project: string | undefined
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /** Makes sure that tasks are executed: by the server that runs, or else by this process until the command ends. */
  execute(): Promise<void>
  /** Whether a server executes tasks. A server elsewhere is taken to. */
  executes(): Promise<boolean>
  /** Resolves with the ended run; `onProgress` sees it as it changes. */
  wait(run: string, options: { readonly onProgress?: (run: RunDetail) => void }): Promise<RunDetail>
  /** Asks the person at the terminal. @throws `UsageError` where nobody can answer and `yes` is false, or when the answer is no */
  confirm(question: string, yes: boolean): Promise<void>
  /** Asked for twice, unseen, or read from stdin. */
  newPassword(fromStdin: boolean): Promise<string>
}
