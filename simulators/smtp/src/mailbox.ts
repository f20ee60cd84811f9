import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ParsedMessage, parseMessage } from './mime.ts'

export interface ReceivedMail extends ParsedMessage {
  /** Of the envelope, as are `to`. */
  readonly from: string
  readonly to: readonly string[]
  /** The message as it came, one character a byte. */
  readonly raw: string
  /** Epoch milliseconds. */
  readonly at: number
  /** The session was encrypted. */
  readonly secure: boolean
  /** Who had logged in. */
  readonly user: string | undefined
}

export interface Mailbox {
  mails(): readonly ReceivedMail[]
  keep(mail: Omit<ReceivedMail, keyof ParsedMessage>): void
  /** Resolves once `count` mails are kept, with all of them. */
  received(count: number): Promise<readonly ReceivedMail[]>
}

/** Keeps mails in memory and, where a folder is given, as `<time>-<number>.eml`, which any mail program opens. */
export function mailbox(folder: string | undefined): Mailbox {
  const kept: ReceivedMail[] = []
  const waiting = new Set<() => void>()
  if (folder !== undefined) mkdirSync(folder, { recursive: true })
  return {
    mails: () => [...kept],
    keep(mail) {
      if (folder !== undefined) write(folder, `${mail.at}-${String(kept.length + 1).padStart(6, '0')}`, mail.raw)
      kept.push({ ...mail, ...parseMessage(mail.raw) })
      for (const look of [...waiting]) look()
    },
    received: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (kept.length < count) return
          waiting.delete(look)
          resolve([...kept])
        }
        waiting.add(look)
        look()
      }),
  }
}

/** Renamed when whole: who watches the folder never opens half a mail. */
function write(folder: string, name: string, raw: string): void {
  const draft = join(folder, `.${name}`)
  writeFileSync(draft, raw, 'latin1')
  renameSync(draft, join(folder, `${name}.eml`))
}
