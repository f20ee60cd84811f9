create or replace function sluice.keep_token(of_project text, of_connection text, text_sealed text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into sluice.kept_token as t (project, connection, sealed) values (of_project, of_connection, text_sealed)
  on conflict (project, connection) do update set sealed = excluded.sealed, kept_at = now();
$$;
