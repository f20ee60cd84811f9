import type { Connection } from '@sluice/author'

/** What the configuration of the project says, answered at once. @throws `config.missing` naming the variable to set. */
export interface SettingsContext {
  /** @throws `connection.unknown` when the project declares no such connection. */
  connection(name: string): Connection
  variable(name: string): string
  /** Masked wherever it appears in logs and errors. */
  secret(name: string): string
}
