drop table public.sluice_versions;

delete from public.sluice_loads where mode in ('new', 'scd2');

alter table public.sluice_loads drop constraint sluice_loads_mode_check;

alter table public.sluice_loads add constraint sluice_loads_mode_check check (mode in ('append', 'upsert', 'full', 'retain'));
