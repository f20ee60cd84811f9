import type { Connection, DeclaredName } from '@sluice/author'

/** The configuration of the project. @throws `config.missing` with the variable to set */
export interface SettingsContext {
  /** @throws `connection.unknown` when the project declares no such connection */
  connection<const N extends string>(name: DeclaredName<'connection', N>): Connection
  variable<const N extends string>(name: DeclaredName<'variable', N>): string
  /** Its value is masked in logs and errors. */
  secret<const N extends string>(name: DeclaredName<'secret', N>): string
}
