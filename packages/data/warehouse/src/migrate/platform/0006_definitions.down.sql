alter table public.sluice_loads drop column definition;
