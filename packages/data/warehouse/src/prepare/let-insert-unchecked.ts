import { quoteIdentifier, withSession } from '@sluice/postgres'
import { inWarehouse } from '../fault.ts'

/**
 * A large load looks for orphans itself, and then inserts without the triggers of foreign keys (`load/insert-unchecked.ts`), where the role
 * may. A superuser can let it, and the role may drop the keys anyway. The right is one of the whole server: starts at once take turns, and
 * the role cannot be dropped before `drop owned by`. Without it a load drops the keys and adds them again, and readers wait.
 */
export const letInsertUnchecked = async (adminUrl: string, role: string): Promise<void> =>
  await inWarehouse(() =>
    withSession(adminUrl, async (admin) => {
      await admin.query("select pg_advisory_lock(hashtextextended('sluice parameters', 0))")
      const [may] = await admin.query<{ already: boolean; grant: boolean }>(
        `select has_parameter_privilege(oid, 'session_replication_role', 'set') as already,
           (select rolsuper from pg_roles where rolname = current_user) as grant
         from pg_roles where rolname = $1`,
        [role],
      )
      if (may?.grant === true && !may.already)
        await admin.query(`grant set on parameter session_replication_role to ${quoteIdentifier(role)}`)
    }),
  )
