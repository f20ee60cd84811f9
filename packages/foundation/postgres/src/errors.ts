import { defineErrors, permanent, retryable } from '@sluice/core'

export const postgresErrors = defineErrors('postgres', {
  failed: permanent({ about: 'PostgreSQL refused a statement, or the embedded server cannot run.' }),
  unavailable: retryable({ about: 'PostgreSQL cannot be reached, restarts, or gave a transaction up in favour of another.' }),
})

export const migrationErrors = defineErrors('migration', {
  failed: permanent<{ readonly file?: string; readonly line?: number; readonly migration?: string; readonly schema?: string }>({
    about: 'A migration could not be applied or taken back. Nothing of it stays.',
  }),
  blocked: retryable<{ readonly migration?: string; readonly holders?: readonly string[] }>({
    about: 'Other transactions hold the tables of a migration for too long. Nothing of it stays.',
  }),
  drift: permanent({ about: 'What the database holds is not what the migrations or declarations say.', status: 409 }),
})
