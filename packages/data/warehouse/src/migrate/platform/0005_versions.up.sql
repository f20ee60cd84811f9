alter table public.sluice_loads drop constraint sluice_loads_mode_check;

alter table public.sluice_loads add constraint sluice_loads_mode_check check (mode in ('append', 'new', 'upsert', 'scd2', 'full', 'retain'));

create table public.sluice_versions (
  id bigint generated always as identity primary key,
  dataset text not null,
  entity text not null,
  load_id bigint not null,
  whole boolean not null,
  "row" jsonb not null
);

comment on table public.sluice_versions is 'What each load has brought of datasets that keep versions (SCD 2): their rows are made of these. Corrections of a load change what it has brought.';

comment on column public.sluice_versions.whole is 'None of the rows of its load went to quarantine: where the dataset says so, what the load lacks is closed.';

create index sluice_versions_entity_idx on public.sluice_versions (dataset, entity);

create index sluice_versions_load_idx on public.sluice_versions (load_id);
