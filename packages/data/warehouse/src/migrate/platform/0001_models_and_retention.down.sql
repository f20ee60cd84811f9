alter table public.sluice_loads drop column deleted_before;

alter table public.sluice_loads drop column rows_deleted;

delete from public.sluice_loads where mode in ('full', 'retain');

alter table public.sluice_loads drop constraint sluice_loads_mode_check;

alter table public.sluice_loads add constraint sluice_loads_mode_check check (mode in ('append', 'upsert'));
