import type { AddressBook } from './recipients.ts'

/** How the mail server is reached. */
export interface EmailSettings {
  readonly host: string
  /** Usual: 587 with `starttls`, 465 with `ssl`, 25 with `none`. */
  readonly port: number
  /** `starttls` upgrades or fails, `ssl` is encrypted from the first byte, `none` never encrypts. Certificates are always verified. */
  readonly security: 'none' | 'starttls' | 'ssl'
  readonly user?: string
  readonly password?: string
  /** `alerts@example.org` or `Sluice <alerts@example.org>`. */
  readonly from: string
  /** Longest silence of the server, milliseconds. Default 30 s. */
  readonly timeoutMs?: number
  /** Names that channels may use in place of addresses. */
  readonly groups?: AddressBook
  /** PEM of an authority to trust besides the usual ones. */
  readonly ca?: string
}
