drop function public.sluice_touch() cascade;

drop table public.sluice_touched;

delete from public.sluice_loads where mode = 'partition';

alter table public.sluice_loads drop constraint sluice_loads_mode_check;

alter table public.sluice_loads add constraint sluice_loads_mode_check check (mode in ('append', 'new', 'upsert', 'scd2', 'full', 'retain', 'view'));
