alter table public.sluice_loads add column definition text;

comment on column public.sluice_loads.definition is 'What the model was that made it, in short: a later run notices that it has changed.';
