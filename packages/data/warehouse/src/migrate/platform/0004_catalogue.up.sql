create table public.sluice_catalogue (
  table_name text not null,
  object text not null
);

comment on table public.sluice_catalogue is 'What migrations have made on tables that no dataset can declare: checks, triggers, policies, further indexes. Drift is what differs from it.';

create index sluice_catalogue_table_idx on public.sluice_catalogue (table_name);
