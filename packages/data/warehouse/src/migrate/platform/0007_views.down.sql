drop table public.sluice_views;

delete from public.sluice_loads where mode = 'view';

alter table public.sluice_loads drop constraint sluice_loads_mode_check;

alter table public.sluice_loads add constraint sluice_loads_mode_check check (mode in ('append', 'new', 'upsert', 'scd2', 'full', 'retain'));
