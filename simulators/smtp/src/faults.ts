import { SimulatorError } from '@sluice/simulator-kit'

/** How often a fault happens; absent: until it is removed. */
interface Times {
  readonly times?: number
}

interface Recipient extends Times {
  /** Only this address; absent: every one. */
  readonly to?: string
}

export type SmtpFault =
  /** The connection is cut before the greeting. */
  | ({ readonly kind: 'refuse' } & Times)
  /** RCPT is answered 451 4.7.1: come again. */
  | ({ readonly kind: 'greylist' } & Recipient)
  /** RCPT is answered 550 5.1.1: no such mailbox. */
  | ({ readonly kind: 'reject_recipient' } & Recipient)
  /** AUTH is answered 535 5.7.8, whatever the password: it has expired, or somebody has changed it. */
  | ({ readonly kind: 'reject_login' } & Times)
  /** MAIL is answered 550 5.7.1: this account may not send as that sender. */
  | ({ readonly kind: 'reject_sender' } & Times)
  /** The message is read and answered 452 4.2.2: not now. */
  | ({ readonly kind: 'defer_data' } & Times)
  /** The message is kept, the connection cut before the reply: the sender cannot know. */
  | ({ readonly kind: 'drop_after_data' } & Times)
  /** The message is kept, the reply comes after `delayMs`. */
  | ({ readonly kind: 'slow'; readonly delayMs: number } & Times)

const KINDS: readonly string[] = [
  'refuse',
  'greylist',
  'reject_recipient',
  'reject_login',
  'reject_sender',
  'defer_data',
  'drop_after_data',
  'slow',
] satisfies SmtpFault['kind'][]

export interface SmtpFaults {
  /** Replaces all; @throws `fault_invalid`. */
  set(faults: readonly SmtpFault[]): void
  /** The first fault of this kind, counted as used. */
  take<K extends SmtpFault['kind']>(kind: K, to?: string): Extract<SmtpFault, { kind: K }> | undefined
}

export function smtpFaults(initial: readonly SmtpFault[] = []): SmtpFaults {
  let queue = initial.map(checked)
  return {
    set(faults) {
      queue = faults.map(checked)
    },
    take<K extends SmtpFault['kind']>(kind: K, to?: string) {
      const index = queue.findIndex((fault) => fault.kind === kind && (!('to' in fault) || fault.to === undefined || fault.to === to))
      const fault = queue[index]
      if (fault?.times === 1) queue.splice(index, 1)
      else if (fault?.times !== undefined) queue[index] = { ...fault, times: fault.times - 1 }
      return fault as Extract<SmtpFault, { kind: K }> | undefined
    },
  }
}

function checked(fault: SmtpFault): SmtpFault {
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value > 0
  if (!KINDS.includes(fault.kind)) throw invalid(`the fault ${JSON.stringify(fault.kind)} is unknown`)
  if (fault.times !== undefined && !whole(fault.times)) throw invalid(`${fault.kind}: times cannot be ${fault.times}`)
  if (fault.kind === 'slow' && !whole(fault.delayMs)) throw invalid(`slow: delayMs cannot be ${fault.delayMs}`)
  return fault
}

const invalid = (what: string): SimulatorError =>
  new SimulatorError('fault_invalid', what, `Kinds: ${KINDS.join(', ')}; numbers are whole and above 0.`)
