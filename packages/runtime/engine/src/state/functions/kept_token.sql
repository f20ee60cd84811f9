-- What is kept for a connection, to whoever holds the transaction: the next one waits until it has ended.
create or replace function sluice.kept_token(of_project text, of_connection text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('sluice token ' || of_project || '/' || of_connection, 0));
  return (select t.sealed from sluice.kept_token t where t.project = of_project and t.connection = of_connection);
end
$$;
