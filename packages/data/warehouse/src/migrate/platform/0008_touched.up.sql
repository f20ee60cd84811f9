alter table public.sluice_loads drop constraint sluice_loads_mode_check;

alter table public.sluice_loads add constraint sluice_loads_mode_check
  check (mode in ('append', 'new', 'upsert', 'scd2', 'full', 'retain', 'view', 'partition'));

create table public.sluice_touched (
  id bigint generated always as identity primary key,
  consumer text not null,
  value text
);

comment on table public.sluice_touched is 'Partitions of which a row of a source has changed since the model that is made by partition (consumer) ran last; null: all of them.';

create index sluice_touched_consumer_idx on public.sluice_touched (consumer);

create function public.sluice_touch() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  changed text := case tg_op when 'UPDATE' then '(select * from old_rows union all select * from new_rows)' when 'INSERT' then 'new_rows' else 'old_rows' end;
begin
  if tg_op = 'TRUNCATE' then
    insert into public.sluice_touched (consumer, value) values (tg_argv[0], null);
  elsif tg_argv[1] is null then
    execute format('insert into public.sluice_touched (consumer, value) select $1, null where exists (select from %s c)', changed) using tg_argv[0];
  else
    execute format('insert into public.sluice_touched (consumer, value) select distinct $1, %I::text from %s c', tg_argv[1], changed) using tg_argv[0];
  end if;
  return null;
end $$;

revoke execute on function public.sluice_touch() from public;

comment on function public.sluice_touch() is 'Of triggers of a source: tells a model that is made by partition ($1) the values of a column ($2) in the rows that a statement changed.';
