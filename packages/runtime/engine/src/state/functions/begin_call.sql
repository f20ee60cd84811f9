-- Begins a call where every limit of the connection lets one more through; else says how many milliseconds to wait. Limits are
-- [{"calls": 30, "perMs": 60000}]. Whoever waited asks again. `sources/http/calls.ts` has the same rule for one process.
create or replace function sluice.begin_call(of_project text, of_connection text, limits jsonb, out wait_ms float8, out call bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  moment timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('sluice calls ' || of_project || '/' || of_connection, 0));
  moment := sluice.call_clock();
  select coalesce(max(extract(epoch from h.until - moment) * 1000), 0) into wait_ms
  from sluice.call_hold h where h.project = of_project and h.connection = of_connection;
  wait_ms := greatest(wait_ms, 0);
  if jsonb_array_length(limits) = 0 then
    return;
  end if;
  delete from sluice.call c
  where c.project = of_project and c.connection = of_connection
    and coalesce(c.ended, c.began + interval '1 minute') + (
      select max((l ->> 'perMs')::float8) * interval '1 millisecond' from jsonb_array_elements(limits) l
    ) <= moment;
  select greatest(wait_ms, coalesce(max(extract(epoch from seen.at + (l ->> 'perMs')::float8 * interval '1 millisecond' - moment) * 1000), 0)) into wait_ms
  from jsonb_array_elements(limits) l
  cross join lateral (
    select coalesce(c.ended, least(moment, c.began + interval '1 minute')) as at
    from sluice.call c where c.project = of_project and c.connection = of_connection
    order by 1 desc offset (l ->> 'calls')::bigint - 1 limit 1
  ) seen;
  if wait_ms <= 0 then
    insert into sluice.call (project, connection, began) values (of_project, of_connection, moment) returning id into call;
  end if;
end
$$;
