import type { Migration } from '@sluice/postgres'

/** A migration with both sides. It stands apart from what makes it, whose types name a library that who installs Sluice may lack. */
export interface WholeMigration extends Migration {
  readonly down: string
}
