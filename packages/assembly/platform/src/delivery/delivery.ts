import { given, toErrorRecord, unreachable } from '@sluice/core'
import { channels } from '@sluice/engine'
import type { EmailSettings, ReceiverBook, Relay, RelayEvent, RelayOptions, Transport } from '@sluice/notify'
import { notifyErrors } from '@sluice/notify'
import { listen } from '@sluice/postgres'
import { type OutboxesOptions, openOutboxes } from './outboxes.ts'

export interface DeliveryOptions extends OutboxesOptions {
  /** `null`: no mail server is set, and mails stay queued. */
  readonly mail: EmailSettings | null
  /** Of the other channels; none unless given. */
  readonly receivers?: ReceiverBook
  /** Reported once, when messages wait and nothing here can send any. */
  readonly noMailHint: (waiting: number) => string
  /** For messages to people. */
  readonly note: (text: string) => void
  /** How often the outboxes are looked at when no run has ended. Default 5 s. */
  readonly pollMs?: number
}

export interface Delivery {
  /** Resolves when every message that was due has been tried, those that another pass of this process had taken included. */
  flush(): Promise<void>
  /** A last `flush`, then ends. */
  stop(): Promise<void>
}

/** The longest last pass of a command that ends. What is left then is sent by the next command. */
const lastPassMs = 10_000

/**
 * Sends what the outboxes hold until it is stopped; the end of a run wakes it. Without a mail server and receivers it reports how many
 * messages wait.
 */
export async function startDelivery(options: DeliveryOptions): Promise<Delivery> {
  const outboxes = await openOutboxes(options)
  const { mail, receivers } = options
  if (mail === null && Object.values(receivers ?? {}).every((named) => Object.keys(named).length === 0)) {
    let hinted = false
    const hint = async (): Promise<void> => {
      const waiting = hinted ? 0 : await outboxes.waiting().catch(() => 0)
      if (waiting === 0) return
      hinted = true
      options.note(options.noMailHint(waiting))
    }
    await hint()
    return {
      flush: hint,
      stop: async () => {
        await hint()
        await outboxes.close()
      },
    }
  }
  const { emailTransport, receiverTransports, relayOnce, startRelay } = await import('@sluice/notify')
  const troubles = new Map<string, string>()
  const relaying: RelayOptions = {
    outboxes: outboxes.all,
    transports: {
      ...(receivers === undefined ? {} : receiverTransports(receivers)),
      email: mail === null ? noMailServer : emailTransport(mail),
    },
    ...given({ pollMs: options.pollMs }),
    onEvent: (event) => {
      troubles.delete(event.outbox)
      const said = saidOf(event)
      if (said !== undefined) options.note(said)
    },
    // Each poll meets the same trouble again, so it is reported once.
    onError: (outbox, error) => {
      const trouble = withNext(toErrorRecord(error, notifyErrors.unavailable))
      if (troubles.get(outbox) !== trouble) options.note(`relay of ${outbox}: ${trouble}`)
      troubles.set(outbox, trouble)
    },
  }
  let relay: Relay = startRelay(relaying)
  const wake = (): void => relay.wake()
  const listener = await listen(options.databaseUrl, [channels.run], wake, { onReconnect: wake }).catch(() => undefined)
  const lastPass = async (): Promise<void> => {
    await relay.stop()
    await relayOnce(relaying, AbortSignal.timeout(lastPassMs)).catch((error: unknown) => relaying.onError?.('the last pass', error))
  }
  return {
    flush: async () => {
      await lastPass()
      relay = startRelay(relaying)
    },
    stop: async () => {
      await listener?.close()
      await lastPass()
      await outboxes.close()
    },
  }
}

/** Where there are receivers and no mail server: mails wait for one. */
const noMailServer: Transport = {
  send: async () => {
    throw notifyErrors.misconfigured('no mail server is set', {
      next: 'Name one: SLUICE_SMTP_HOST in the environment or in .env. Mails wait until then.',
    })
  },
}

/** What an operator should know of a mail; nothing of one that everybody has. */
function saidOf({ type, key, messages, to, error, note }: RelayEvent): string | undefined {
  const what = `message ${key}${messages === 1 ? '' : ` and ${messages - 1} more`} to ${to}`
  switch (type) {
    case 'delivered':
      return note === undefined ? undefined : `${what} is partly delivered: ${note}`
    case 'retry':
      return `${what} will be tried again: ${withNext(error)}`
    case 'held':
      return `${what} waits for a correction of the settings: ${withNext(error)}`
    case 'failed':
      return `${what} failed: ${withNext(error)}`
    default:
      return unreachable(type)
  }
}

const withNext = (error: { readonly message: string; readonly next?: string } | undefined): string =>
  error === undefined ? 'unknown' : `${error.message}${error.next === undefined ? '' : ` ${error.next}`}`
