import type { Connection } from '@sluice/author'

/** The configuration of the project. @throws `config.missing` with the variable to set */
export interface SettingsContext {
  /** @throws `connection.unknown` when the project declares no such connection */
  connection(name: string): Connection
  variable(name: string): string
  /** Its value is masked in logs and errors. */
  secret(name: string): string
}
