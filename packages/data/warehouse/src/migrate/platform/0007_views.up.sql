alter table public.sluice_loads drop constraint sluice_loads_mode_check;

alter table public.sluice_loads add constraint sluice_loads_mode_check check (mode in ('append', 'new', 'upsert', 'scd2', 'full', 'retain', 'view'));

create table public.sluice_views (
  name text primary key,
  dataset text not null,
  statements jsonb not null,
  state text not null
);

comment on table public.sluice_views is 'Views that models have made, with the statements that made them: what differs from these is made anew by the next run.';

comment on column public.sluice_views.state is 'What the server said of it once it was made: its query, its indexes.';
