create table public.sluice_waiting (
  parent text not null,
  dataset text not null,
  declared jsonb not null,
  primary key (parent, dataset)
);

comment on table public.sluice_waiting is 'Datasets of which rows wait in quarantine for rows of another table (parent): the load that brings those brings them back.';

comment on column public.sluice_waiting.declared is 'The dataset as its last load knew it.';
